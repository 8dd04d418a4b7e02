package io.madeleine.spring;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.Mind;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.tier.Tier;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/** What is remembered, and of whom; erases where the application allows it. */
@Endpoint(id = "madeleine")
public final class MadeleineEndpoint {

  private final TurnLog history;
  private final @Nullable TurnIndex index;
  private final @Nullable EpisodicConversations conversations;
  private final @Nullable Completions completions;
  private final @Nullable Memory memory;
  private final boolean mayDelete;

  /**
   * @param conversations of that history
   * @param memory over that history, which forgets; without one, what is given here is asked
   */
  MadeleineEndpoint(
      TurnLog history,
      @Nullable TurnIndex index,
      @Nullable EpisodicConversations conversations,
      @Nullable Completions completions,
      @Nullable Memory memory,
      boolean mayDelete) {
    this.history = history;
    this.index = index;
    this.conversations = conversations;
    this.completions = completions;
    this.memory = memory;
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

  /**
   * What a conversation has in mind.
   *
   * @param turns how many it has
   * @param tokens of all of them
   * @param episodes closed ones, oldest first
   */
  public record MindView(int turns, int tokens, List<EpisodeView> episodes) {}

  /**
   * An episode.
   *
   * @param id of its stored keys and values
   * @param firstTurn in which it begins, from 0
   * @param lastTurn in which it ends
   * @param tokens of it
   * @param tier where it is: HOT, WARM, COLD, or REBUILT if only the log has it
   */
  public record EpisodeView(String id, int firstTurn, int lastTurn, int tokens, Tier tier) {}

  /**
   * What was erased.
   *
   * @param turns how many turns went
   * @param at when
   */
  public record ErasureView(int turns, Instant at) {}

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

  /** {@return what a conversation has in mind; nothing where there is no such or no engine} */
  @ReadOperation
  public @Nullable MindView mind(@Selector String tenant, @Selector String conversation) {
    ConversationKey key = ConversationKey.of(tenant, conversation);
    if (conversations == null || history.size(key) == 0) {
      return null;
    }
    Mind mind = conversations.conversation(key, List.of()).mind();
    List<EpisodeView> episodes =
        mind.episodes().stream()
            .map(
                episode ->
                    new EpisodeView(
                        episode.id(),
                        episode.firstTurn(),
                        episode.lastTurn(),
                        episode.span().length(),
                        conversations.tierOf(key.tenant(), episode)))
            .toList();
    return new MindView(mind.turns(), mind.tokens(), episodes);
  }

  /**
   * Erases a conversation, if {@code madeleine.endpoint.delete} allows it: from the history and the
   * index, with the keys and values of the conversation and of answers from messages alone; and
   * wherever else the application's {@link Memory} forgets, if it has one over this history.
   */
  @DeleteOperation
  public ErasureView forget(@Selector String tenant, @Selector String conversation) {
    if (!mayDelete) {
      throw new InvalidEndpointRequestException(
          "deleting is off", "set madeleine.endpoint.delete=true to allow it");
    }
    var request = new Erasure.OfConversation(ConversationKey.of(tenant, conversation));
    if (memory != null) {
      ForgetReceipt forgotten = memory.forget(request);
      return new ErasureView(forgotten.turns(), forgotten.at());
    }
    Erasure.Receipt erased = eraseByItself(request);
    return new ErasureView(erased.turns(), erased.at());
  }

  private Erasure.Receipt eraseByItself(Erasure request) {
    try {
      return erase(request);
    } finally {
      if (completions != null) {
        completions.forget(request);
      }
    }
  }

  private Erasure.Receipt erase(Erasure request) {
    if (conversations != null) {
      return conversations.erase(request);
    }
    var failures = new Failures();
    Erasure.Receipt receipt = history.erase(request, failures);
    if (index != null) {
      failures.trying(() -> index.erase(receipt.sequences()));
    }
    failures.throwFirst();
    return receipt;
  }
}
