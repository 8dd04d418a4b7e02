package io.madeleine.memory.history;

/**
 * How large the files of a {@link TurnLog} grow.
 *
 * @param segmentBytes a new file begins when the last one has reached this, 4 KiB to 1 GiB
 * @param largestTurnBytes a turn that is larger is refused, 1 KiB to 256 MiB
 */
public record LogOptions(long segmentBytes, int largestTurnBytes) {

  /** Files of 64 MiB, turns of up to 32 MiB. */
  public static final LogOptions DEFAULT = new LogOptions(64L << 20, 32 << 20);

  /**
   * @throws IllegalArgumentException if a size lies outside its bounds
   */
  public LogOptions {
    check("segmentBytes", segmentBytes, 4L << 10, 1L << 30);
    check("largestTurnBytes", largestTurnBytes, 1L << 10, 256L << 20);
  }

  private static void check(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s must be from %,d to %,d, but was %,d".formatted(what, least, most, value));
    }
  }
}
