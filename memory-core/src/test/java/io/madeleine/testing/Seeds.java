package io.madeleine.testing;

import java.util.stream.LongStream;

/** Seeds for property tests. A run tries the fixed ones; {@code -Dseed=N} tries just that one. */
public final class Seeds {
  private Seeds() {}

  /** {@return 200 seeds, or as many as {@code -Dseeds} says} */
  public static LongStream many() {
    Long only = Long.getLong("seed");
    return only != null
        ? LongStream.of(only)
        : LongStream.range(0, Integer.getInteger("seeds", 200));
  }

  /** {@return a tenth of {@link #many()}, for laws that take a while to try} */
  public static LongStream few() {
    Long only = Long.getLong("seed");
    return only != null
        ? LongStream.of(only)
        : LongStream.range(0, Math.max(1, Integer.getInteger("seeds", 200) / 10));
  }
}
