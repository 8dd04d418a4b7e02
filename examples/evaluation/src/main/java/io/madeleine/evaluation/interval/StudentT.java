package io.madeleine.evaluation.interval;

/** Quantiles of Student's t (1908): what few runs need, where a bootstrap is too narrow. */
public final class StudentT {

  /** Two-sided 95 % quantile for 1, 2, … degrees of freedom. */
  private static final double[] QUANTILES = {
    12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13
  };

  private StudentT() {}

  /**
   * {@return the two-sided 95 % quantile; beyond fifteen degrees that of fifteen, which is wider}
   *
   * @throws IllegalArgumentException if there is no degree of freedom: one run has no interval
   */
  public static double quantile(int degreesOfFreedom) {
    if (degreesOfFreedom < 1) {
      throw new IllegalArgumentException(
          "an interval needs at least 1 degree of freedom (2 runs), but has %d"
              .formatted(degreesOfFreedom));
    }
    return QUANTILES[Math.min(QUANTILES.length, degreesOfFreedom) - 1];
  }
}
