package io.madeleine.memory.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.retention.RetentionPolicy.CacheTtl;
import io.madeleine.memory.retention.RetentionPolicy.Caps;
import io.madeleine.memory.retention.RetentionPolicy.ColdStart;
import io.madeleine.memory.retention.TtlDecision.Source;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class RetentionTest {

  private static final ConversationKey PROGRAM = ConversationKey.of("acme", "p1");

  private final GapRecorder gaps = new GapRecorder();
  private final LoadEstimate load = new LoadEstimate();

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void decide_enoughSamples_agreesWithAGridSearch(long seed) {
    var random = new SplittableRandom(seed);
    double[] seconds = new double[150];
    for (int i = 0; i < seconds.length; i++) {
      seconds[i] = Math.round(Math.exp(2 * random.nextGaussian()) * 100) / 100.0;
      gaps.returned("web", seconds[i], 0, false);
    }
    double benefit = Math.exp(2 * random.nextGaussian() + 1);

    double tau = decide(CacheTtl.PAPER, "web", benefit).seconds();

    double bestOfGrid = 0;
    for (int step = 0; step <= 6_000; step++) {
      bestOfGrid = Math.max(bestOfGrid, gain(seconds, step * 0.01, benefit));
    }
    assertThat(gain(seconds, tau, benefit)).isGreaterThanOrEqualTo(bestOfGrid - 1e-9);
  }

  @ParameterizedTest(name = "a hit saves {0} s: lease {1} s")
  @CsvSource({"0.5,0.11", "1,0.24", "2,0.45", "5,0.88", "20,2.0"})
  void decide_pausesOfSweBench_givesTheClosedFormOfTheLognormal(double benefit, double expected) {
    var random = new SplittableRandom(7);
    for (int i = 0; i < GapRecorder.HISTORY; i++) {
      gaps.returned("bash", 0.233 * Math.exp(1.66 * random.nextGaussian()), 0, false);
    }

    double tau = decide(CacheTtl.PAPER, "bash", benefit).seconds();

    // The objective is flat around its maximum, so the sample's argmax scatters.
    assertThat(tau).isCloseTo(expected, within(0.35 * expected));
  }

  @Test
  void decide_unknownTool_usesTheExponentialPrior() {
    TtlDecision decision = decide(CacheTtl.PAPER, "never seen", 10);

    assertThat(decision.seconds()).isCloseTo(Math.log(10), within(1e-12));
    assertThat(decision.source()).isEqualTo(Source.COLD_START);
    assertThat(decision.memoryfulness()).isEqualTo(1);
  }

  @Test
  void decide_hintOfTheAuthor_beatsThePrior() {
    var pause = new Pause(PROGRAM, "report", OptionalDouble.of(20), 1_000, 50);

    TtlDecision decision = new Retention(CacheTtl.PAPER, gaps, load).decide(pause);

    assertThat(decision.seconds()).isCloseTo(20 * Math.log(2.5), within(1e-12));
    assertThat(decision.source()).isEqualTo(Source.HINT);
  }

  @Test
  void decide_coldStartOfSkiRental_keepsAsLongAsARebuildTakes() {
    var policy = new CacheTtl(ColdStart.SKI_RENTAL, 100, Caps.MEMORY);

    assertThat(decide(policy, "x", 7).seconds()).isEqualTo(7);
  }

  @Test
  void decide_hundredPausesInAll_isStillColdAndOneMoreIsPooled() {
    fill("a", 50);
    fill("b", 50);
    assertThat(decide(CacheTtl.PAPER, "a", 10).source()).isEqualTo(Source.COLD_START);
    fill("b", 1);
    assertThat(decide(CacheTtl.PAPER, "a", 10).source()).isEqualTo(Source.POOLED);
  }

  @Test
  void decide_hundredPausesOfATool_arePooledAndOneMoreIsItsOwn() {
    fill("a", 100);
    fill("b", 50);
    assertThat(decide(CacheTtl.PAPER, "a", 10).source()).isEqualTo(Source.POOLED);
    fill("a", 1);
    assertThat(decide(CacheTtl.PAPER, "a", 10).source()).isEqualTo(Source.TOOL);
  }

  @Test
  void decide_hugeQueueDelay_isCappedAtFiveRebuilds() {
    load.queued(10_000);

    TtlDecision decision = decide(CacheTtl.PAPER, "x", 2);

    assertThat(decision.queueDelaySeconds()).isEqualTo(10);
    assertThat(decision.benefitSeconds()).isEqualTo(12);
  }

  @Test
  void decide_hugeBenefit_isCappedAtTheLongestLease() {
    assertThat(decide(new RetentionPolicy.SkiRental(Caps.MEMORY), "x", 9_999).seconds())
        .isEqualTo(60);
  }

  @Test
  void decide_policiesWithoutLease_giveZero() {
    for (RetentionPolicy policy :
        List.of(
            new RetentionPolicy.None(), new RetentionPolicy.Lru(), new RetentionPolicy.Gdsf())) {
      assertThat(decide(policy, "x", 10).seconds()).isZero();
    }
    assertThat(decide(new RetentionPolicy.Fixed(2), "x", 10).seconds()).isEqualTo(2);
  }

  @Test
  void decide_clairvoyant_keepsExactlyWhenThePauseIsWorthIt() {
    assertThat(decide(new RetentionPolicy.Clairvoyant(_ -> 9), "x", 10).seconds()).isEqualTo(9);
    assertThat(decide(new RetentionPolicy.Clairvoyant(_ -> 11), "x", 10).seconds()).isZero();
  }

  @Test
  void decide_hazardOnAConstantTool_waitsExactlyForIt() {
    for (int i = 0; i < 101; i++) {
      gaps.returned("report", 20, 20, false);
    }
    var hazard = new RetentionPolicy.Hazard(ColdStart.SKI_RENTAL, 100, Caps.MEMORY);

    assertThat(decide(hazard, "report", 21).seconds()).isEqualTo(20);
    assertThat(decide(hazard, "report", 19).seconds()).isZero();
  }

  @Test
  void decide_hungCalls_shortenTheLeaseLikeCallsThatNeverCameBack() {
    for (int i = 0; i < 60; i++) {
      gaps.returned("web", 1, 1, false);
      gaps.hung("web", 30);
    }

    TtlDecision decision = decide(CacheTtl.PAPER, "web", 10);

    // Half of the calls return after 1 s, the rest not within 30 s: F(1) = 0.5.
    assertThat(decision.seconds()).isEqualTo(1);
    assertThat(decide(CacheTtl.PAPER, "web", 1.9).seconds()).isZero();
  }

  @Test
  void why_ofADecision_namesEveryInput() {
    assertThat(decide(CacheTtl.PAPER, "web", 10).why())
        .contains("p1")
        .contains("'web'")
        .contains("B = 10.0 s")
        .contains("cold start");
  }

  private TtlDecision decide(RetentionPolicy policy, String tool, double rebuildSeconds) {
    var pause = new Pause(PROGRAM, tool, OptionalDouble.empty(), 1_000, rebuildSeconds);
    return new Retention(policy, gaps, load).decide(pause);
  }

  private void fill(String tool, int pauses) {
    for (int i = 0; i < pauses; i++) {
      gaps.returned(tool, 1 + i * 0.01, 0.5, false);
    }
  }

  private static double gain(double[] seconds, double tau, double benefit) {
    int returned = 0;
    for (double each : seconds) {
      returned += each <= tau ? 1 : 0;
    }
    return (double) returned / seconds.length * benefit - tau;
  }
}
