package io.madeleine.memory.compression.eviction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden cases of the evictors, and what every merge must hold. */
final class EvictionGoldenTest {

  @Test
  void g15_valueMerge_matchesTheOracle() {
    float[] keys = {1, 0, 0, 1, 1, 0.5f};
    float[] values = {1, 0, 0, 1, 2, 2};
    HeadKv head = HeadKv.of(2, new int[] {0, 1, 2}, keys, values);
    HeadKv merged =
        new Evictor.MergeValues(0, 0).evict(head, new int[] {0, 1}, new float[] {1, 1, 0});
    assertThat(merged.values())
        .containsExactly(new float[] {1.39788f, 0.795761f, 0, 1}, within(1e-5f));
    assertThat(merged.counts()).containsExactly(2, 1);
    assertThat(merged.keys()).containsExactly(1, 0, 0, 1);
  }

  @Test
  void g15b_gaussianWeights_matchTheOracle() {
    float[] keys = {1, 0, .9f, .1f, .95f, .05f};
    HeadKv head = HeadKv.of(2, new int[] {0, 1, 2}, keys, keys);
    assertThat(RunMerge.weights(head, List.of(0, 1, 2), 0.2))
        .containsExactly(new double[] {0.367889, 0.286512, 0.345599}, within(1e-5));
  }

  @Test
  void g10_error_isTheLostShareTimesTheDifference() {
    double[] attention = {.5, .3, .15, .05};
    double[] values = {1, 1, 1, -10};
    double full = 0;
    double kept = 0;
    for (int i = 0; i < 4; i++) {
      full += attention[i] * values[i];
      kept += i < 3 ? attention[i] * values[i] / .95 : 0;
    }
    assertThat(full - kept).isEqualTo(attention[3] * (values[3] - kept), within(1e-9));
    assertThat(full).isEqualTo(0.45, within(1e-9));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#few")
  void evict_anyRule_keepsSlotsAndOrder(long seed) {
    var random = new SplittableRandom(seed);
    int slots = random.nextInt(2, 40);
    int dims = 4;
    float[] keys = gaussian(random, slots * dims);
    float[] values = gaussian(random, slots * dims);
    float[] importance = gaussian(random, slots);
    HeadKv head = HeadKv.of(dims, IntStream.range(0, slots).toArray(), keys, values);
    int[] kept = IntStream.range(0, slots).filter(slot -> random.nextInt(3) == 0).toArray();
    for (Evictor evictor : evictors()) {
      HeadKv left = evictor.evict(head, kept, importance);
      assertThat(left.positions()).as("%s", evictor).containsExactly(kept);
      assertThat(left.values()).as("%s", evictor).hasSize(kept.length * dims);
      for (float value : left.values()) {
        assertThat(value).isFinite();
      }
      if (evictor.dropsOnly()) {
        assertThat(left.values()).containsExactly(head.keep(kept).values());
      }
    }
  }

  private static List<Evictor> evictors() {
    return List.of(
        new Evictor.Drop(),
        new Evictor.MergeValues(0, 2),
        new Evictor.MergeNearest(),
        new Evictor.MergeRuns(0.2),
        new Evictor.MergeClasses(0.3, 0.1),
        new Evictor.MergeRandomly(3, 7));
  }

  private static float[] gaussian(SplittableRandom random, int count) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
