package io.madeleine.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SamplerTest {
  private static final float NEVER = Float.NEGATIVE_INFINITY;

  private static double[] frequencies(SamplingOptions options, float[] logits, int draws) {
    Sampler sampler = Sampler.of(options);
    double[] counts = new double[logits.length];
    for (int i = 0; i < draws; i++) {
      counts[sampler.choose(logits)] += 1.0 / draws;
    }
    return counts;
  }

  private static float[] logs(double... shares) {
    float[] logits = new float[shares.length];
    for (int i = 0; i < shares.length; i++) {
      logits[i] = (float) Math.log(shares[i]);
    }
    return logits;
  }

  @Test
  void choose_greedy_takesTheLikeliestAndTheLowestAmongEquals() {
    assertThat(Sampler.of(SamplingOptions.GREEDY).choose(new float[] {1, 3, 3, NEVER})).isOne();
  }

  @Test
  void choose_nothingAllowed_isRefused() {
    float[] none = {NEVER, NEVER, Float.NaN};
    assertThatThrownBy(() -> Sampler.of(SamplingOptions.GREEDY).choose(none))
        .hasMessageContaining("none of 3 tokens");
    assertThatThrownBy(() -> Sampler.of(SamplingOptions.builder().build()).choose(none))
        .hasMessageContaining("none of 3 tokens");
  }

  @Test
  void choose_plain_followsTheDistribution() {
    double[] seen = frequencies(SamplingOptions.builder().build(), logs(.5, .3, .15, .05), 40_000);

    assertThat(seen).containsExactly(new double[] {.5, .3, .15, .05}, within(.01));
  }

  @Test
  void choose_temperature_sharpensTheDistribution() {
    double[] seen =
        frequencies(SamplingOptions.builder().temperature(.5).build(), logs(.6, .3, .1), 40_000);

    assertThat(seen).containsExactly(new double[] {.36 / .46, .09 / .46, .01 / .46}, within(.01));
  }

  @Test
  void choose_topK_keepsTheLikeliest() {
    double[] seen =
        frequencies(SamplingOptions.builder().topK(2).build(), logs(.1, .4, .2, .3), 40_000);

    assertThat(seen).containsExactly(new double[] {0, 4 / 7., 0, 3 / 7.}, within(.01));
  }

  @Test
  void choose_topP_keepsTheFewestThatHoldTheShare() {
    double[] seen =
        frequencies(SamplingOptions.builder().topP(.65).build(), logs(.1, .4, .2, .3), 40_000);

    assertThat(seen).containsExactly(new double[] {0, 4 / 7., 0, 3 / 7.}, within(.01));
  }

  @Test
  void choose_topKAndTopP_takesTheShareOfWhatTopKLeft() {
    double[] seen =
        frequencies(
            SamplingOptions.builder().topK(2).topP(.55).build(), logs(.1, .4, .2, .3), 1_000);

    assertThat(seen).containsExactly(new double[] {0, 1, 0, 0}, within(1e-9));
  }

  @Test
  void choose_minP_keepsWhatIsNearTheLikeliest() {
    double[] seen =
        frequencies(SamplingOptions.builder().minP(.45).build(), logs(.1, .4, .2, .3), 40_000);

    assertThat(seen).containsExactly(new double[] {0, 4 / 9., 2 / 9., 3 / 9.}, within(.012));
  }

  @Test
  void choose_topPAndMinP_takesTheShareOfAllBeforeTheUnlikelyGo() {
    double[] shares = new double[203];
    Arrays.fill(shares, 1 / 200.);
    shares[0] = 1;
    shares[1] = .5;
    shares[2] = .3;

    double[] seen =
        frequencies(SamplingOptions.builder().topP(.65).minP(.01).build(), logs(shares), 40_000);

    assertThat(Arrays.copyOf(seen, 3))
        .as("they hold .64 of all; of what min-p leaves, two would hold .83")
        .containsExactly(new double[] {1 / 1.8, .5 / 1.8, .3 / 1.8}, within(.01));
    assertThat(Arrays.stream(seen, 3, seen.length).sum()).isZero();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#few")
  void choose_anyFilters_keepsTheSameTokensAsSortingAll(long seed) {
    var random = new SplittableRandom(seed);
    float[] logits = new float[random.nextInt(2, 300)];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextInt(8) == 0 ? NEVER : (float) (3 * random.nextGaussian());
    }
    logits[0] = 0;
    var options =
        SamplingOptions.builder()
            .topK(random.nextInt(logits.length))
            .topP(random.nextDouble(.1, 1))
            .minP(random.nextDouble(.2))
            .seed(seed)
            .build();
    Sampler sampler = Sampler.of(options);
    var kept = keptBySorting(logits, options);
    for (int i = 0; i < 200; i++) {
      assertThat(kept).contains(sampler.choose(logits));
    }
  }

  private static java.util.Set<Integer> keptBySorting(float[] logits, SamplingOptions options) {
    double most = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElseThrow();
    int[] order =
        IntStream.range(0, logits.length)
            .filter(i -> Math.exp(logits[i] - most) > 0)
            .boxed()
            .sorted(Comparator.<Integer>comparingDouble(i -> -logits[i]).thenComparing(i -> i))
            .mapToInt(i -> i)
            .limit(options.topK() == 0 ? logits.length : options.topK())
            .toArray();
    double total = Arrays.stream(order).mapToDouble(i -> Math.exp(logits[i] - most)).sum();
    var kept = new java.util.HashSet<Integer>();
    double sum = 0;
    for (int id : order) {
      if (sum >= options.topP() * total + 1e-9) {
        break;
      }
      sum += Math.exp(logits[id] - most);
      if (Math.exp(logits[id] - most) >= options.minP()) {
        kept.add(id);
      }
    }
    return kept;
  }

  @Test
  void choose_sameSeed_givesTheSameTokens() {
    float[] logits = logs(.2, .2, .2, .2, .2);
    var one = Sampler.of(SamplingOptions.builder().seed(5).build());
    var two = Sampler.of(SamplingOptions.builder().seed(5).build());
    var other = Sampler.of(SamplingOptions.builder().seed(6).build());
    int[] a = IntStream.range(0, 50).map(i -> one.choose(logits)).toArray();
    int[] b = IntStream.range(0, 50).map(i -> two.choose(logits)).toArray();
    int[] c = IntStream.range(0, 50).map(i -> other.choose(logits)).toArray();

    assertThat(a).isEqualTo(b).isNotEqualTo(c);
  }

  @Test
  void options_outOfRange_nameTheValueAndTheRange() {
    assertThatThrownBy(() -> SamplingOptions.builder().temperature(-1).build())
        .hasMessage("temperature must be 0 to 100, but was -1.0");
    assertThatThrownBy(() -> SamplingOptions.builder().topP(0).build())
        .hasMessageContaining("topP must be above 0");
    assertThatThrownBy(() -> SamplingOptions.builder().minP(Double.NaN).build())
        .hasMessageContaining("minP");
  }
}
