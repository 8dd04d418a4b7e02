package io.madeleine.cli;

import io.madeleine.conversation.ready.HomePath;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the data lies: an option of every command that needs any. */
final class DataFolder {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where history, all that is made of it, and models lie (default: ~/.madeleine)")
  private Optional<Path> data = Optional.empty();

  Path path() {
    return data.orElseGet(() -> HomePath.of("~/.madeleine"));
  }

  /** {@return whether the data lies where commands look that are told of no place} */
  boolean isUsual() {
    return data.isEmpty();
  }

  Path models() {
    return path().resolve("models");
  }
}
