package io.madeleine.spring;

import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.util.List;
import java.util.function.Function;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/** What is remembered, and of whom; erases where the application allows it. */
@Endpoint(id = "madeleine")
public final class MadeleineEndpoint {

  private final TurnLog history;
  private final Function<Erasure, Erasure.Receipt> eraser;
  private final boolean mayDelete;

  MadeleineEndpoint(TurnLog history, Function<Erasure, Erasure.Receipt> eraser, boolean mayDelete) {
    this.history = history;
    this.eraser = eraser;
    this.mayDelete = mayDelete;
  }

  /**
   * A tenant.
   *
   * @param tenant its id
   * @param conversations how many it has
   */
  public record TenantView(String tenant, int conversations) {}

  /**
   * A conversation.
   *
   * @param conversation its id
   * @param turns how many it has
   */
  public record ConversationView(String conversation, int turns) {}

  /** {@return everybody who is remembered} */
  @ReadOperation
  public List<TenantView> tenants() {
    return history.tenants().stream()
        .map(tenant -> new TenantView(tenant.id(), history.conversations(tenant).size()))
        .toList();
  }

  /** {@return the conversations of {@code tenant}} */
  @ReadOperation
  public List<ConversationView> conversations(@Selector String tenant) {
    return history.conversations(new Tenant(tenant)).stream()
        .map(key -> new ConversationView(key.id(), history.size(key)))
        .toList();
  }

  /** Erases a conversation, if {@code madeleine.endpoint.delete} allows it. */
  @DeleteOperation
  public Erasure.Receipt forget(@Selector String tenant, @Selector String conversation) {
    if (!mayDelete) {
      throw new InvalidEndpointRequestException(
          "deleting is off", "set madeleine.endpoint.delete=true to allow it");
    }
    return eraser.apply(new Erasure.OfConversation(ConversationKey.of(tenant, conversation)));
  }
}
