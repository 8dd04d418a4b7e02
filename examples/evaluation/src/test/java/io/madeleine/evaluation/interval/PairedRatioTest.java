package io.madeleine.evaluation.interval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PairedRatioTest {

  /** Log ratios 0, ln 2 and 2 ln 2: mean ln 2, deviation ln 2, half width 4.30 × ln 2 ÷ √3. */
  @Test
  void of_threeRuns_isStudentsIntervalOfTheirLogarithms() {
    PairedRatio ratio = PairedRatio.of(new double[] {10, 20, 40}, new double[] {10, 10, 10});

    assertThat(ratio.ratio()).isCloseTo(70.0 / 30, within(1e-12));
    double half = 4.30 / Math.sqrt(3);
    assertThat(ratio.low()).isCloseTo(Math.pow(2, 1 - half), within(1e-9));
    assertThat(ratio.high()).isCloseTo(Math.pow(2, 1 + half), within(1e-9));
  }

  /** What the percentile bootstrap does not do: of three runs it covers some 75 of 100. */
  @Test
  void of_threeRunsOfAKnownTruth_coversItIn95Of100() {
    var random = new SplittableRandom(7);
    int covered = 0;
    for (int trial = 0; trial < 20_000; trial++) {
      double[] ours = new double[3];
      for (int run = 0; run < 3; run++) {
        ours[run] = 1.5 * Math.exp(0.3 * random.nextGaussian());
      }
      PairedRatio ratio = PairedRatio.of(ours, new double[] {1, 1, 1});
      covered += ratio.low() <= 1.5 && 1.5 <= ratio.high() ? 1 : 0;
    }
    assertThat(covered / 20_000.0).isBetween(0.94, 0.96);
  }

  @Test
  void of_oneRun_knowsNothing() {
    assertThat(PairedRatio.of(new double[] {3}, new double[] {2}))
        .isEqualTo(new PairedRatio(1.5, 0, Double.POSITIVE_INFINITY));
  }

  @Test
  void of_otherRuns_isRefused() {
    assertThatThrownBy(() -> PairedRatio.of(new double[2], new double[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 and 3");
    assertThatThrownBy(() -> StudentT.quantile(0)).hasMessageContaining("2 runs");
    assertThat(StudentT.quantile(40)).isEqualTo(2.13);
  }
}
