package io.madeleine.evaluation.plot;

import java.util.List;

/**
 * From where to where a chart reaches in one direction.
 *
 * @param logarithmic whether equal factors are equally far apart
 * @param low the value at the origin
 * @param high the value at the far end
 * @param ticks where a value is written
 */
public record Axis(boolean logarithmic, double low, double high, List<Tick> ticks) {

  /** A value and how it is written. */
  public record Tick(double at, String label) {}

  public Axis {
    ticks = List.copyOf(ticks);
    if (!(low < high) || (logarithmic && low <= 0)) {
      throw new IllegalArgumentException(
          "an axis needs low < high, and low > 0 if it is logarithmic, but had %s..%s"
              .formatted(low, high));
    }
  }

  /** {@return the place of a value, 0 at the origin and 1 at the far end; not clipped} */
  double place(double value) {
    return logarithmic
        ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
        : (value - low) / (high - low);
  }
}
