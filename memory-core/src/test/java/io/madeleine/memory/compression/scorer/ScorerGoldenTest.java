package io.madeleine.memory.compression.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.kv.Rotary;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.QueryStatistics;
import io.madeleine.memory.compression.signal.QueryWindow;
import io.madeleine.memory.compression.signal.Recurrence;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The scorers' golden cases: numbers of {@code golden.py}, which knows no Java. */
final class ScorerGoldenTest {

  private static final float[] G3_KEYS = {1, 0, 2, 0, 0, 3, 1, 1, -1, 0, 0.9f, 0.1f};

  @Test
  void g2_snapKvAveragePooling_matchesTheOracle() {
    float[] scores = snap(Pooling.Kind.AVERAGE);
    assertClose(scores, 0.074446f, 0.094468f, 0.170686f, 0.19645f, 0.19645f, 0.086171f, 1f, 1f);
    assertThat(scores[3]).isEqualTo(scores[4], within(1e-6f));
  }

  @Test
  void g2_snapKvMaximumPooling_matchesTheOracle() {
    assertClose(
        snap(Pooling.Kind.MAXIMUM),
        0.163274f,
        0.163274f,
        0.391927f,
        0.46922f,
        0.46922f,
        0.198448f,
        1f,
        1f);
  }

  @Test
  void g3_keyDifferenceAndNorm_matchTheOracle() {
    HeadSignals head = keys(2, G3_KEYS);
    assertClose(
        new KeyScorer.KeyDifference().importance(head),
        -0.82965f,
        -0.82965f,
        -0.558284f,
        -0.981418f,
        0.82965f,
        -0.886228f);
    assertClose(new KeyScorer.KeyNorm().importance(head), -1, -2, -3, -1.414214f, -1, -0.905539f);
  }

  @Test
  void g3_lagSpread_matchesTheOracle() {
    float[] tokens = {0, 0, 1, 2, 2, 1, 4, 3, 1, 0, 3, 4};
    assertClose(LagScores.spread(tokens, 0, 2, 2), 0.412521f, 0.587479f);
    assertClose(LagScores.spread(tokens, 2, 2, 2), 0.412521f, 0.587479f);
  }

  @Test
  void g6_patchedPrompt_takesTheHighestOverHeadsAndTokens() {
    float[][] queries = {{1, 0, 0, 1}, {1, 1, -1, 0}};
    var head =
        HeadSignals.of(0, 0, 2, positions(5))
            .keys(new float[] {1, 0, 0, 2, 1, 1, -1, -1, 0, 0.5f})
            .probe(QueryWindow.of(new int[] {5, 6}, queries, 2))
            .build();
    assertClose(
        new ProbeScorer.PatchedPrompt().importance(head),
        0.309669f,
        0.454074f,
        0.345018f,
        0.40447f,
        0.199432f);
  }

  @Test
  void g9_evenAttention_meanDoesNotFavourAge() {
    int tokens = 4096;
    var sum = new float[tokens];
    var count = new float[tokens];
    double harmonic = 0;
    double first = 0;
    double late = 0;
    for (int i = tokens; i >= 1; i--) {
      harmonic += 1.0 / i;
      sum[i - 1] = (float) harmonic;
      count[i - 1] = tokens - i + 1;
      first = i == 1 ? harmonic : first;
      late = i == 4000 ? harmonic : late;
    }
    assertThat(first / late).isEqualTo(371.19234785, within(1e-5));
    var head = HeadSignals.of(0, 0, 1, positions(tokens)).accumulated(sum, count).build();
    float[] scores = new AttentionScorer.HeavyHitters().importance(head);
    assertThat(scores[0] / scores[3999]).isLessThan(10);
  }

  @Test
  void g16_recurring_matchesTheOraclesVariantB() {
    int[] seen = {99, 90, 50};
    int[] gaps = {5, 40, 0};
    var head =
        HeadSignals.of(0, 0, 1, positions(3))
            .recurrence(Recurrence.at(100, seen, gaps, 5e-4f))
            .build();
    assertClose(
        new AttentionScorer.Recurring().importance(head),
        0.900332f + 0.900332f,
        0.875647f + 0.987501f,
        0);
  }

  @Test
  void g17_expectedLogit_matchesTheClosedForm() {
    var rotary = new Rotary(Rotary.Pairs.HALVES, new float[] {1}, 1);
    var queries = new QueryStatistics(new float[] {1, 0}, new float[] {0.5f, 0, 0.25f}, rotary);
    float[] logits = ExpectedScores.logits(queries, keys(2, new float[] {1, 2}), 0, 1);
    assertThat(logits[0]).isEqualTo(1.0821068f, within(1e-5f));
  }

  @Test
  void g24_notRedundant_matchesTheOracle() {
    HeadSignals head = keys(2, new float[] {1, 0, 1, 0, 0, 1});
    float[] redundancy = AttentionScores.redundancy(head);
    assertClose(redundancy, 0.368117f, 0.368117f, 0.263767f);
    assertClose(
        AttentionScores.notRedundant(new float[] {0.5f, 0.3f, 0.2f}, redundancy, 0.1),
        -0.281305f,
        -0.301305f,
        -0.21739f);
  }

  @Test
  void g25_averageTurn_matchesTheSumOfTurns() {
    double[] turn = ExpectedScores.averageTurn(1, 10, 4);
    assertThat(turn[0]).isEqualTo(0.22916372727357168, within(1e-9));
    assertThat(turn[1]).isEqualTo(-0.41510429965346674, within(1e-9));
  }

  /** Keys are the unit matrix times √d, so that a query row is its logits. */
  private static float[] snap(Pooling.Kind kind) {
    int slots = 8;
    var unit = new float[slots * slots];
    for (int i = 0; i < slots; i++) {
      unit[i * slots + i] = (float) Math.sqrt(slots);
    }
    float[][] logits = {
      {0, 1, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1},
      {1, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0}
    };
    var head =
        HeadSignals.of(0, 0, slots, positions(slots))
            .keys(unit)
            .window(QueryWindow.of(new int[] {6, 7}, logits, slots))
            .build();
    return new AttentionScorer.ObservationWindow(2, new Pooling(kind, 3)).importance(head);
  }

  private static HeadSignals keys(int headDim, float[] keys) {
    return HeadSignals.of(0, 0, headDim, positions(keys.length / headDim)).keys(keys).build();
  }

  private static int[] positions(int count) {
    return IntStream.range(0, count).toArray();
  }

  private static void assertClose(float[] actual, float... expected) {
    assertThat(actual).containsExactly(expected, within(1e-5f));
  }
}
