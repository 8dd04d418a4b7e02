package io.madeleine.memory.surprise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.token.TokenSpan;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class SurpriseSegmenterTest {

  private static final Surprisal GOLDEN =
      Surprisal.of(1f, 1.2f, .9f, 1.1f, 1f, 5f, 1f, 1.1f, .9f, 4f, 1f, 1.2f);

  @Test
  void segment_goldenSpikes_opensOnlyAtTheFirst() {
    var segmenter =
        new SurpriseSegmenter(
            /* gamma= */ 1,
            /* window= */ 4,
            /* minimumLength= */ 1,
            /* maximumLength= */ 99,
            Spread.MEAN_AND_DEVIATION);

    assertThat(segmenter.segment(GOLDEN))
        .containsExactly(new TokenSpan(0, 5), new TokenSpan(5, 12));
  }

  @Test
  void segment_medianAndMad_seesTheSecondSpikeToo() {
    var segmenter =
        new SurpriseSegmenter(
            /* gamma= */ 3,
            /* window= */ 4,
            /* minimumLength= */ 1,
            /* maximumLength= */ 99,
            Spread.MEDIAN_AND_MAD);

    assertThat(segmenter.segment(GOLDEN))
        .containsExactly(new TokenSpan(0, 5), new TokenSpan(5, 9), new TokenSpan(9, 12));
  }

  @Test
  void threshold_goldenWindows_areTheOraclesNumbers() {
    assertThat(threshold(1, 1.2, .9, 1.1)).isCloseTo(1.1791, within(1e-4));
    assertThat(threshold(.9, 1.1, 1, 5)).isCloseTo(4.0017, within(1e-4));
    assertThat(threshold(1.1, 1, 5, 1)).isCloseTo(4.0089, within(1e-4));
    assertThat(threshold(1.1, .9, 4, 1)).isCloseTo(3.2522, within(1e-4));
  }

  private static double threshold(double... window) {
    return Spread.MEAN_AND_DEVIATION.threshold(window, /* gamma= */ 1);
  }

  @Test
  void segment_unknownSurprises_enterNoAverageAndOpenNothing() {
    var segmenter = new SurpriseSegmenter(1, 4, 1, 99, Spread.MEAN_AND_DEVIATION);
    float none = Surprisal.UNKNOWN;
    var marked = Surprisal.of(1f, none, 1.2f, .9f, none, none, 1.1f, 1f, 5f, none, 1f);

    assertThat(segmenter.segment(marked))
        .containsExactly(new TokenSpan(0, 8), new TokenSpan(8, 11));
  }

  @Test
  void segment_nothingSurprises_cutsAtTheMaximum() {
    var segmenter = new SurpriseSegmenter(1, 8, 2, 4, Spread.MEAN_AND_DEVIATION);

    assertThat(segmenter.segment(Surprisal.of(new float[10])))
        .containsExactly(new TokenSpan(0, 4), new TokenSpan(4, 8), new TokenSpan(8, 10));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void eventsTileTheInput(long seed) {
    var random = new SplittableRandom(seed);
    float[] nats = new float[random.nextInt(1, 600)];
    for (int i = 0; i < nats.length; i++) {
      nats[i] = random.nextInt(9) == 0 ? Surprisal.UNKNOWN : (float) random.nextExponential();
    }
    int minimum = random.nextInt(1, 40);
    int maximum = minimum + random.nextInt(60);
    var segmenter =
        new SurpriseSegmenter(1, random.nextInt(2, 50), minimum, maximum, Spread.MEDIAN_AND_MAD);

    var events = segmenter.segment(Surprisal.of(nats));

    int start = 0;
    for (TokenSpan event : events) {
      assertThat(event.start()).isEqualTo(start);
      assertThat(event.length()).isLessThanOrEqualTo(maximum);
      start = event.end();
    }
    assertThat(start).isEqualTo(nats.length);
    assertThat(events.subList(0, events.size() - 1))
        .allSatisfy(event -> assertThat(event.length()).isGreaterThanOrEqualTo(minimum));
  }

  @ParameterizedTest
  @EnumSource(Spread.class)
  void segment_laterTokens_changeNothingBefore(Spread spread) {
    var segmenter = new SurpriseSegmenter(1, 6, 2, 50, spread);
    var whole = segmenter.segment(GOLDEN);
    float[] start = {1f, 1.2f, .9f, 1.1f, 1f, 5f, 1f, 1.1f};

    var early = segmenter.segment(Surprisal.of(start));

    assertThat(early.subList(0, early.size() - 1)).isEqualTo(whole.subList(0, early.size() - 1));
  }

  @Test
  void contextGain_contextHelps_isThePositiveDifference() {
    var with = Surprisal.of(Surprisal.UNKNOWN, 1f, 2f);
    var without = Surprisal.of(9f, 3f, 3f);

    assertThat(with.contextGain(without)).isEqualTo(1.5);
  }

  @Test
  void of_negativeValue_namesTheTokenAndTheWayOut() {
    assertThatThrownBy(() -> Surprisal.of(1f, -0.5f))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token 1 has -0.5")
        .hasMessageContaining("UNKNOWN");
  }
}
