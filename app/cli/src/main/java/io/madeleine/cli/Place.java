package io.madeleine.cli;

import io.madeleine.conversation.ready.HomePath;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the data lies and whose it is: options that several commands share. */
final class Place {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where history, all that is made of it, and models lie (default: ~/.madeleine)")
  private Optional<Path> data = Optional.empty();

  @Option(
      names = "--tenant",
      paramLabel = "T",
      description = "whose memory it is (default: local:<your user name>)")
  private Optional<String> tenant = Optional.empty();

  @Option(
      names = "--conversation",
      paramLabel = "C",
      description = "which conversation to go on with (default: ${DEFAULT-VALUE})",
      defaultValue = "chat")
  private String conversation = "chat";

  Path data() {
    return data.orElseGet(() -> HomePath.of("~/.madeleine"));
  }

  /** {@return whether the data lies where commands look that are told of no place} */
  boolean isUsual() {
    return data.isEmpty();
  }

  Path models() {
    return data().resolve("models");
  }

  Path history() {
    return data().resolve("history");
  }

  Tenant tenant() {
    return new Tenant(tenant.orElseGet(() -> "local:" + System.getProperty("user.name")));
  }

  /**
   * @throws IllegalArgumentException if the server could neither show nor forget one of that name
   */
  ConversationKey conversation() {
    return ConversationKey.named(tenant(), conversation);
  }
}
