package io.madeleine.evaluation.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MetricsTest {

  /** Six turns, cut in the middle and missed by one: two of five windows of two disagree. */
  @Test
  void of_boundaryOneTurnLate_isWhatTheHandCounts() {
    var metrics = Metrics.of(Set.of(3), Set.of(4), /* turns= */ 6);

    assertThat(metrics.pk()).isCloseTo(.4, within(1e-12));
    assertThat(metrics.windowDiff()).isCloseTo(.4, within(1e-12));
    assertThat(metrics.f1()).isZero();
    assertThat(metrics.segments()).isEqualTo(2);
  }

  @Test
  void of_sameBoundaries_isPerfect() {
    assertThat(Metrics.of(Set.of(2, 5), Set.of(2, 5), 9)).isEqualTo(new Metrics(0, 0, 1, 3));
  }

  @Test
  void of_noneTrueNoneFound_hasNoF1() {
    assertThat(Metrics.of(Set.of(), Set.of(), 7)).isEqualTo(new Metrics(0, 0, 0, 1));
  }

  /** 10 turns in 2 segments: 2.5 rounds to the even 2, as Python rounds. */
  @Test
  void window_half_roundsToEven() {
    assertThat(Metrics.window(10, 2)).isEqualTo(2);
    assertThat(Metrics.window(14, 2)).isEqualTo(4);
    assertThat(Metrics.window(4, 4)).isEqualTo(2);
  }

  @Test
  void mean_oneGoodOneBad_isBetween() {
    var mean = Metrics.mean(List.of(new Metrics(0, 0, 1, 3), new Metrics(.5, 1, 0, 1)));

    assertThat(mean).isEqualTo(new Metrics(.25, .5, .5, 2));
  }

  /** Truth, prediction (a 1 ends a segment), window, Pk, WindowDiff, F1; from a Python oracle. */
  @ParameterizedTest
  @CsvSource({
    "'00', '00\', 2, 0.000000000, 0.000000000, 0.000000000",
    "'00', '10\', 2, 1.000000000, 1.000000000, 0.000000000",
    "'000', '100\', 2, 0.500000000, 0.500000000, 0.000000000",
    "'100', '110\', 2, 0.500000000, 1.000000000, 0.666666667",
    "'00000', '00000\', 2, 0.000000000, 0.000000000, 0.000000000",
    "'01010', '11100\', 2, 0.250000000, 0.750000000, 0.400000000",
    "'00000110', '00000000\', 2, 0.428571429, 0.428571429, 0.000000000",
    "'00100000', '10100100\', 2, 0.428571429, 0.428571429, 0.500000000",
    "'100000000000', '000100000000\', 3, 0.400000000, 0.400000000, 0.000000000",
    "'101110110010', '000001000010\', 2, 0.545454545, 0.545454545, 0.222222222",
    "'0000001000000', '0001000000000\', 3, 0.545454545, 0.545454545, 0.000000000",
    "'1111111110100', '0111010000110\', 2, 0.333333333, 0.750000000, 0.625000000",
    "'000010000100000000000', '000000000001100000000\', 4, 0.500000000, 0.555555556, 0.000000000",
    "'001111000000100000100', '100000011100100000110\', 2, 0.550000000, 0.600000000, 0.307692308",
    "'000000000000000000000000010010', '000000000000000000000000000000\', 5, 0.192307692, 0.192307692, 0.000000000",
    "'010001101110001001001000001000', '111010011001000111011000110000\', 2, 0.379310345, 0.586206897, 0.333333333",
    "'11001000101000000000001000000001010000000000', '00000000000101000100000000000000000100000100\', 2, 0.511627907, 0.511627907, 0.000000000",
    "'10111100000001010010000010000000001110100000', '00100000101110100000000011101011100010001010\', 2, 0.651162791, 0.720930233, 0.206896552",
    "'001000000000000000000001100000001000000000000001000000000000', '000000100000100000000000000000000000101000000000010000000000\', 5, 0.553571429, 0.553571429, 0.000000000",
    "'000001100001000001110000000010100111001100010110000011001100', '001001110010001010110100110001010111000000110010001111001010\', 2, 0.389830508, 0.491525424, 0.521739130"
  })
  void of_anyPair_agreesWithTheOracle(
      String truth, String predicted, int window, double pk, double windowDiff, double f1) {
    int turns = truth.length();
    var metrics = Metrics.of(boundaries(truth), boundaries(predicted), turns);

    assertThat(Metrics.window(turns, boundaries(truth).size() + 1)).isEqualTo(window);
    assertThat(metrics.pk()).isCloseTo(pk, within(1e-8));
    assertThat(metrics.windowDiff()).isCloseTo(windowDiff, within(1e-8));
    assertThat(metrics.f1()).isCloseTo(f1, within(1e-8));
  }

  private static Set<Integer> boundaries(String marks) {
    Set<Integer> boundaries = new HashSet<>();
    for (int i = 0; i < marks.length(); i++) {
      if (marks.charAt(i) == '1') {
        boundaries.add(i + 1);
      }
    }
    return boundaries;
  }
}
