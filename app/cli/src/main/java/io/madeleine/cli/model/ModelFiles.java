package io.madeleine.cli.model;

import io.madeleine.pocket.PocketModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The models in a directory. */
public final class ModelFiles {

  private final Path directory;

  /**
   * @param directory where pulled models lie; need not exist
   */
  public ModelFiles(Path directory) {
    this.directory = directory;
  }

  /**
   * {@return the file that a person means}
   *
   * @param wanted a path or a name; empty for the pocket model
   * @param notice told when the model is a toy
   * @throws IllegalArgumentException if there is no such file; the message says how to get one
   */
  public Path find(Optional<String> wanted, Consumer<String> notice) {
    if (wanted.isEmpty() || wanted.get().equals(PocketModel.NAME)) {
      if (wanted.isEmpty()) {
        notice.accept(PocketModel.NOTICE);
        notice.accept(
            "A real one: ./madeleine models shows what can be had, ./madeleine pull %s gets it, and"
                    .formatted(Catalogue.ALL.getFirst().name())
                + " ./madeleine chat --model %s talks to it."
                    .formatted(Catalogue.ALL.getFirst().name()));
      }
      return PocketModel.installTo(directory);
    }
    String name = wanted.get();
    Path path = Path.of(name);
    if (Files.isRegularFile(path)) {
      return path;
    }
    return byName(name).orElseThrow(() -> new IllegalArgumentException(missing(name)));
  }

  private Optional<Path> byName(String name) {
    Optional<Path> pulled = Catalogue.find(name).map(entry -> directory.resolve(entry.file()));
    if (pulled.isPresent() && Files.isRegularFile(pulled.get())) {
      return pulled;
    }
    String wanted = name.toLowerCase(Locale.ROOT);
    return here().stream()
        .filter(
            file -> {
              String text = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
              return text.equals(wanted) || text.equals(wanted + ".gguf");
            })
        .findFirst();
  }

  private String missing(String name) {
    if (Catalogue.find(name).isPresent()) {
      return "the model '%s' is not here yet: ./madeleine pull %s".formatted(name, name);
    }
    return "there is no file '%s', and no model of that name in %s: ./madeleine models shows what there is"
        .formatted(name, directory);
  }

  /** {@return the model files that are here, by name} */
  public List<Path> here() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".gguf")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the models in %s cannot be listed".formatted(directory), e);
    }
  }
}
