package io.madeleine.memory.compression.scorer;

/**
 * Smoothing of importance over neighbouring slots.
 *
 * @param kind how neighbours combine
 * @param kernel neighbours looked at, odd, at least 1; 1 is none
 */
public record Pooling(Kind kind, int kernel) {

  /** How neighbours combine. */
  public enum Kind {
    /** Sum over the slots inside, divided by the whole kernel. */
    AVERAGE,
    /** Highest of the slots inside. */
    MAXIMUM
  }

  /**
   * @throws IllegalArgumentException if {@code kernel} is even or below 1
   */
  public Pooling {
    if (kernel < 1 || kernel % 2 == 0) {
      throw new IllegalArgumentException(
          "a pooling kernel must be odd and at least 1, but is " + kernel);
    }
  }

  /** {@return the first {@code length} numbers pooled; the others are not looked at} */
  float[] apply(float[] values, int length) {
    var out = new float[length];
    int reach = kernel / 2;
    for (int i = 0; i < length; i++) {
      float sum = 0;
      float max = Float.NEGATIVE_INFINITY;
      for (int j = Math.max(0, i - reach); j <= Math.min(length - 1, i + reach); j++) {
        sum += values[j];
        max = Math.max(max, values[j]);
      }
      out[i] =
          switch (kind) {
            case AVERAGE -> sum / kernel;
            case MAXIMUM -> max;
          };
    }
    return out;
  }
}
