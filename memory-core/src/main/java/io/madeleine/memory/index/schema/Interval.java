package io.madeleine.memory.index.schema;

import java.time.Instant;

/**
 * A stretch of time.
 *
 * @param from its first instant
 * @param until the first instant behind it
 */
public record Interval(Instant from, Instant until) {

  /**
   * @throws IllegalArgumentException if it ends before it begins
   */
  public Interval {
    if (until.isBefore(from)) {
      throw new IllegalArgumentException(
          "the interval begins at %s and ends at %s: give the earlier one first"
              .formatted(from, until));
    }
  }
}
