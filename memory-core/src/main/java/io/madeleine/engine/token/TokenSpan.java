package io.madeleine.engine.token;

/**
 * A half-open range of token positions, {@code [start, end)}.
 *
 * @param start first position, at least 0
 * @param end position after the last one, at least {@code start}
 */
public record TokenSpan(int start, int end) {

  /**
   * @throws IllegalArgumentException if {@code start} is negative or {@code end} lies before it
   */
  public TokenSpan {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException(
          "a span needs 0 <= start <= end, but was [%d, %d)".formatted(start, end));
    }
  }

  /** {@return the number of positions inside} */
  public int length() {
    return end - start;
  }
}
