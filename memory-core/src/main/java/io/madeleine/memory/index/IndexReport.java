package io.madeleine.memory.index;

import java.util.List;

/**
 * How an index stands.
 *
 * @param turns that can be found
 * @param sequence the newest of the log that it has followed; 0 at the beginning
 * @param vectorsWaiting turns found by their words only, as their vector is still to come; where
 *     the index was opened without its embedder, when it is opened with it again
 * @param bytes on disk
 * @param notes what it did unasked: rebuilt and why, an embedder that fails; of many the newest,
 *     and how many were left out
 */
public record IndexReport(
    long turns, long sequence, long vectorsWaiting, long bytes, List<String> notes) {

  public IndexReport {
    notes = List.copyOf(notes);
  }
}
