package io.madeleine.cli.chat;

import io.madeleine.memory.index.IndexException;
import io.madeleine.memory.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** What a person is told of what failed: the sentence that an exception was written for. */
public final class Sentences {

  private Sentences() {}

  /** {@return the sentence, or empty if there is none, for then it is a bug} */
  public static Optional<String> of(Exception e) {
    if (e instanceof FileSystemException failure) {
      return Optional.of(ofFile(failure));
    }
    boolean meant =
        e instanceof IllegalArgumentException
            || e instanceof IllegalStateException
            || e instanceof IOException
            || e instanceof UncheckedIOException
            || e instanceof StoreException
            || e instanceof IndexException;
    return meant ? Optional.ofNullable(e.getMessage()) : Optional.empty();
  }

  /**
   * {@return the sentence}
   *
   * @throws RuntimeException the same, if it has none
   */
  static String orThrow(RuntimeException e) {
    return of(e).orElseThrow(() -> e);
  }

  /** The JDK's own message is often the bare name of the file. */
  private static String ofFile(FileSystemException e) {
    String why =
        switch (e) {
          case NoSuchFileException missing -> "does not exist";
          case AccessDeniedException denied -> "may not be read or written";
          case FileAlreadyExistsException there -> "is in the way";
          default -> Optional.ofNullable(e.getReason()).orElseGet(e::toString);
        };
    return e.getFile() + ": " + why;
  }
}
