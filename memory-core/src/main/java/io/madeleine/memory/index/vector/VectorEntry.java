package io.madeleine.memory.index.vector;

import java.util.Map;
import java.util.Optional;

/**
 * What a store holds under an id.
 *
 * @param id whose entry is replaced; not blank
 * @param vector {@code [dimension]}, of any length but 0; not copied, so do not change it
 * @param text what the vector stands for, if it is kept here
 * @param metadata values that conditions compare: String, UUID, Integer, Long, Float or Double
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares these; a copy per call would cost
public record VectorEntry(
    String id, float[] vector, Optional<String> text, Map<String, Object> metadata) {

  /** A text value with more characters cannot be compared. */
  public static final int LONGEST_VALUE = 8_000;

  private static final int LONGEST_KEY = 500;

  /**
   * @throws IllegalArgumentException if the id is blank, the vector has no direction, or a value is
   *     too long
   */
  public VectorEntry {
    if (id.isBlank()) {
      throw new IllegalArgumentException("an entry needs an id, but it is blank");
    }
    requireDirection(vector);
    metadata = Map.copyOf(metadata);
    metadata.forEach(VectorEntry::requireComparable);
  }

  /** Refuses a vector that has no direction: empty, all 0, or with a number that is none. */
  static void requireDirection(float[] vector) {
    double squares = 0;
    for (float x : vector) {
      squares += (double) x * x;
    }
    if (!(squares > 0) || Double.isInfinite(squares)) {
      throw new IllegalArgumentException(
          "a vector needs a direction, but this one of %d numbers has length %s: do not embed blank text"
              .formatted(vector.length, Math.sqrt(squares)));
    }
  }

  private static void requireComparable(String key, Object value) {
    if (key.length() > LONGEST_KEY) {
      throw new IllegalArgumentException(
          "a metadata key may have %,d characters, but '%s…' has %,d"
              .formatted(LONGEST_KEY, key.substring(0, 40), key.length()));
    }
    if (value instanceof String text && text.length() > LONGEST_VALUE) {
      throw new IllegalArgumentException(
          "metadata '%s' has %,d characters and at most %,d can be compared: put it into the text"
              .formatted(key, text.length(), LONGEST_VALUE));
    }
    if (!(value instanceof String || value instanceof java.util.UUID || isNumber(value))) {
      throw new IllegalArgumentException(
          "metadata '%s' is a %s: take a String, UUID, Integer, Long, Float or Double"
              .formatted(key, value.getClass().getName()));
    }
  }

  private static boolean isNumber(Object value) {
    return value instanceof Integer
        || value instanceof Long
        || value instanceof Float
        || value instanceof Double;
  }
}
