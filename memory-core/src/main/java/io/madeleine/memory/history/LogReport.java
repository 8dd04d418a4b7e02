package io.madeleine.memory.history;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a {@link TurnLog} found when it was opened.
 *
 * @param turns how many whole turns there are
 * @param conversations of how many conversations
 * @param segments in how many files
 * @param tornBytes bytes cut from the end: a turn whose commit never returned
 * @param damages stretches that cannot be read; the turns around them can
 */
public record LogReport(
    long turns, int conversations, int segments, long tornBytes, List<Damage> damages) {

  /**
   * A stretch of a file that fails its checksum. It stays where it is, unread.
   *
   * @param file where
   * @param offset first byte
   * @param bytes how many
   */
  public record Damage(Path file, long offset, long bytes) {}

  public LogReport {
    damages = List.copyOf(damages);
  }

  /** {@return one sentence for each thing that a person should know; empty when all is well} */
  public List<String> notes() {
    var notes = new ArrayList<String>();
    if (tornBytes > 0) {
      notes.add(
          "the last write was cut short: %,d bytes of a turn that was never acknowledged are gone"
              .formatted(tornBytes));
    }
    for (Damage damage : damages) {
      notes.add(
          "%s is damaged: %,d bytes from offset %,d cannot be read and are set aside; the rest is whole"
              .formatted(damage.file(), damage.bytes(), damage.offset()));
    }
    return List.copyOf(notes);
  }
}
