package io.madeleine.memory.surprise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.token.TokenSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class RefinementTest {

  private static final float[][] GOLDEN = {
    {1, 0}, {.9f, .1f}, {1, .2f}, {0, 1}, {.1f, .9f}, {.2f, 1}
  };

  @ParameterizedTest(name = "cut {0}")
  @CsvSource({
    "1, 0.024414, 0.6875, 0.407407",
    "2, 0.079102, 0.434375, 0.302832",
    "3, 0.165039, 0.169922, 0.204706",
    "4, 0.0625, 0.474432, 0.330693",
    "5, 0.015625, 0.729167, 0.421687"
  })
  void quality_goldenKeys_isTheOraclesNumber(
      int cut, double modularity, double conductance, double inner) {
    var keys = KeySimilarity.ofDotProducts(List.<float[][]>of(GOLDEN));

    assertThat(Refinement.MODULARITY.quality(keys, cut)).isCloseTo(modularity, within(1e-6));
    assertThat(-Refinement.CONDUCTANCE.quality(keys, cut)).isCloseTo(conductance, within(1e-6));
    assertThat(-Refinement.INNER_CONDUCTANCE.quality(keys, cut)).isCloseTo(inner, within(1e-6));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void constantTimeCuts_equalTheDefinitions(long seed) {
    var random = new SplittableRandom(seed);
    List<float[][]> heads = List.of(keys(random, 9), keys(random, 9));
    double[][] graph = QuadraticCuts.graph(heads);
    var keys = KeySimilarity.ofDotProducts(heads);

    for (int cut = 1; cut < 9; cut++) {
      assertThat(Refinement.MODULARITY.quality(keys, cut))
          .isCloseTo(QuadraticCuts.modularity(graph, cut), within(1e-9));
      assertThat(-Refinement.CONDUCTANCE.quality(keys, cut))
          .isCloseTo(QuadraticCuts.conductance(graph, cut), within(1e-9));
      assertThat(-Refinement.INNER_CONDUCTANCE.quality(keys, cut))
          .isCloseTo(QuadraticCuts.innerConductance(graph, cut), within(1e-9));
    }
  }

  private static float[][] keys(SplittableRandom random, int tokens) {
    float[][] keys = new float[tokens][4];
    for (float[] key : keys) {
      for (int i = 0; i < key.length; i++) {
        key[i] = random.nextFloat();
      }
    }
    return keys;
  }

  @ParameterizedTest
  @CsvSource({"MODULARITY", "CONDUCTANCE", "INNER_CONDUCTANCE"})
  void refine_boundaryTwoTokensLate_movesToTheTurn(Refinement refinement) {
    var events = List.of(new TokenSpan(0, 12), new TokenSpan(12, 20));

    var refined = refinement.refine(events, 2, RefinementTest::turnsAtTen);

    assertThat(refined).containsExactly(new TokenSpan(0, 10), new TokenSpan(10, 20));
  }

  private static KeySimilarity turnsAtTen(TokenSpan span) {
    float[][] keys = new float[span.length()][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = span.start() + i < 10 ? new float[] {1, .1f} : new float[] {.1f, 1};
    }
    return KeySimilarity.ofCosines(List.<float[][]>of(keys));
  }

  @Test
  void refine_noWeightAtAll_keepsTheBoundary() {
    var events = List.of(new TokenSpan(0, 8), new TokenSpan(8, 16));

    var refined =
        Refinement.MODULARITY.refine(
            events,
            1,
            span -> KeySimilarity.ofDotProducts(List.<float[][]>of(new float[span.length()][4])));

    assertThat(refined).isEqualTo(events);
  }

  @Test
  void refine_allCutsEqual_keepsTheNearest() {
    var keys =
        KeySimilarity.ofDotProducts(List.<float[][]>of(new float[][] {{1}, {-1}, {1}, {-1}, {1}}));

    assertThat(Refinement.NONE.best(keys, /* first= */ 1, /* last= */ 4, /* old= */ 3))
        .isEqualTo(3);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void refinedEvents_tileTheSameSpanAndKeepTheirLeastLength(long seed) {
    var random = new SplittableRandom(seed);
    int minimum = random.nextInt(1, 6);
    List<TokenSpan> events = new ArrayList<>();
    int end = 0;
    for (int i = random.nextInt(1, 12); i > 0; i--) {
      int start = end;
      end += random.nextInt(minimum, minimum + 20);
      events.add(new TokenSpan(start, end));
    }
    for (Refinement refinement : Refinement.values()) {
      var refined =
          refinement.refine(
              events,
              minimum,
              span -> KeySimilarity.ofCosines(List.<float[][]>of(signed(seed, span))));

      assertThat(refined).hasSameSizeAs(events);
      int at = 0;
      for (TokenSpan event : refined) {
        assertThat(event.start()).isEqualTo(at);
        assertThat(event.length()).isGreaterThanOrEqualTo(minimum);
        at = event.end();
      }
      assertThat(at).isEqualTo(end);
    }
  }

  private static float[][] signed(long seed, TokenSpan span) {
    float[][] keys = new float[span.length()][3];
    for (int i = 0; i < keys.length; i++) {
      var random = new SplittableRandom(seed * 1000 + span.start() + i);
      for (int j = 0; j < 3; j++) {
        keys[i][j] = random.nextFloat() - 0.3f;
      }
    }
    return keys;
  }
}
