package io.madeleine.memory.failure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a write that failed half-way left behind: on a full disk, it takes the last of the room. */
public final class Leftovers {

  private Leftovers() {}

  /** Deletes {@code draft} if it is there; if it cannot be, {@code why} says that as well. */
  public static void delete(Path draft, Throwable why) {
    try {
      Files.deleteIfExists(draft);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }
}
