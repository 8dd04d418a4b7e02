package io.madeleine.conversation.ready;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A directory of model files, each called by its name: {@code NAME.gguf} is the model NAME.
 *
 * @param directory need not exist
 */
public record ModelFolder(Path directory) {

  private static final String SUFFIX = ".gguf";

  /**
   * {@return the file that a person means}
   *
   * @param wanted a path as of {@link HomePath}, or the name of a model that is here, with or
   *     without its {@code .gguf}
   * @throws UncheckedIOException if the directory cannot be listed; the message names it
   */
  public Optional<Path> find(String wanted) {
    Path path = HomePath.of(wanted);
    return Files.isRegularFile(path) ? Optional.of(path) : named(wanted);
  }

  private Optional<Path> named(String name) {
    return files().stream()
        .filter(
            file -> {
              String text = String.valueOf(file.getFileName());
              return text.equalsIgnoreCase(name) || text.equalsIgnoreCase(name + SUFFIX);
            })
        .findFirst();
  }

  /**
   * {@return the models that are here, by name}
   *
   * @throws UncheckedIOException if the directory cannot be listed; the message names it
   */
  public List<Path> files() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the models in %s cannot be listed".formatted(directory), e);
    }
  }
}
