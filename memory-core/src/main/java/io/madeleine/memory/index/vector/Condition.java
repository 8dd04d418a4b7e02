package io.madeleine.memory.index.vector;

import java.util.List;

/**
 * What an entry's metadata must fulfil. Numbers are compared by their decimal value whatever their
 * type (1, 1L and 1.0 are equal, and so are 1.23f and 1.23), text by its UTF-16 characters, a UUID
 * by its text. A value of another kind, or none, fulfils no comparison; {@link Not} turns that
 * round, so it fulfils every negation. Not-a-number equals nothing.
 */
public sealed interface Condition {

  /** How a value stands to another. */
  enum Order {
    /** The same. */
    EQUAL,
    /** Greater. */
    ABOVE,
    /** Greater or the same. */
    AT_LEAST,
    /** Less. */
    BELOW,
    /** Less or the same. */
    AT_MOST
  }

  /**
   * The entry's value stands so to {@code value}.
   *
   * @param value String, UUID (for {@link Order#EQUAL} only) or Number
   */
  record Compares(String key, Order order, Object value) implements Condition {

    /**
     * @throws IllegalArgumentException if such values are not compared, or not in this order
     */
    public Compares {
      boolean ordered = value instanceof String || value instanceof Number;
      boolean equal = value instanceof java.util.UUID && order == Order.EQUAL;
      if (!ordered && !equal) {
        throw new IllegalArgumentException(
            "'%s' %s a %s is not supported: compare text or numbers, or a UUID for equality"
                .formatted(key, order, value.getClass().getName()));
      }
    }
  }

  /** The entry's value is text with {@code part} in it. */
  record Contains(String key, String part) implements Condition {

    /** A longer part would cost too much to look for. */
    public static final int LONGEST = 500;

    /**
     * @throws IllegalArgumentException if the part is longer than {@value #LONGEST} characters
     */
    public Contains {
      if (part.length() > LONGEST) {
        throw new IllegalArgumentException(
            "'%s' is searched for %,d characters: choose at most %,d"
                .formatted(key, part.length(), LONGEST));
      }
    }
  }

  /** All of them; without any, everything. */
  record All(List<Condition> conditions) implements Condition {
    public All {
      conditions = List.copyOf(conditions);
    }
  }

  /** At least one of them; without any, nothing. */
  record Any(List<Condition> conditions) implements Condition {
    public Any {
      conditions = List.copyOf(conditions);
    }
  }

  /** Not this. */
  record Not(Condition condition) implements Condition {}
}
