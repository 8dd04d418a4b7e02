package io.madeleine.memory.index.vector;

import java.util.Optional;

/**
 * What is looked for.
 *
 * @param vector {@code [dimension]}, of any length but 0
 * @param most how many matches, 1 to {@value #MOST}
 * @param lowestScore matches below it are left out, 0 to 1
 * @param condition what every match must fulfil
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares these; a copy per call would cost
public record VectorQuery(
    float[] vector, int most, double lowestScore, Optional<Condition> condition) {

  /** Matches that one question may ask for. */
  public static final int MOST = 10_000;

  /**
   * @throws IllegalArgumentException if a number is out of its range
   */
  public VectorQuery {
    VectorEntry.requireDirection(vector);
    if (most < 1 || most > MOST) {
      throw new IllegalArgumentException(
          "a search returns 1 to %,d matches, but %,d were asked for".formatted(MOST, most));
    }
    if (!(lowestScore >= 0 && lowestScore <= 1)) {
      throw new IllegalArgumentException(
          "a score lies between 0 and 1, but the lowest was " + lowestScore);
    }
  }
}
