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
 * @param unfinished files that still hold bytes of erased turns, since they could not be written
 *     anew
 */
public record LogReport(
    long turns,
    int conversations,
    int segments,
    long tornBytes,
    List<Damage> damages,
    int unfinished) {

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
    if (unfinished > 0) {
      notes.add(
          "erased turns are hidden, but bytes of them are still in %,d files: make room on the disk,"
                  .formatted(unfinished)
              + " then erase again or open the log again");
    }
    return List.copyOf(notes);
  }
}
