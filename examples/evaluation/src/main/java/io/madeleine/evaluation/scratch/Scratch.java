package io.madeleine.evaluation.scratch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory that goes when it is closed, with everything in it. */
public final class Scratch implements AutoCloseable {

  private final Path directory;

  private Scratch(Path directory) {
    this.directory = directory;
  }

  /** {@return it; it exists until this is closed} */
  public Path directory() {
    return directory;
  }

  /**
   * Makes one where the system keeps such things.
   *
   * @param name what the directory's name starts with
   * @throws UncheckedIOException if it cannot be made
   */
  public static Scratch named(String name) {
    try {
      return new Scratch(Files.createTempDirectory(name));
    } catch (IOException e) {
      throw new UncheckedIOException("a directory for what is measured cannot be made", e);
    }
  }

  /**
   * @throws UncheckedIOException if something in it stays
   */
  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("what was measured in %s stays".formatted(directory), e);
    }
  }
}
