package io.madeleine.memory.index;

import java.util.List;

/**
 * How an index stands.
 *
 * @param turns that can be found
 * @param sequence the newest of the log that it has followed; 0 at the beginning
 * @param vectorsWaiting turns found by their words only, as their vector is still to come
 * @param bytes on disk
 * @param notes what it did unasked: rebuilt and why, an embedder that fails
 */
public record IndexReport(
    long turns, long sequence, long vectorsWaiting, long bytes, List<String> notes) {

  public IndexReport {
    notes = List.copyOf(notes);
  }
}
