package io.madeleine.cli;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where the data lies and whose it is: options of the commands about what was said. */
final class Place {

  @Mixin private DataFolder folder = new DataFolder();

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
    return folder.path();
  }

  Path models() {
    return folder.models();
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
