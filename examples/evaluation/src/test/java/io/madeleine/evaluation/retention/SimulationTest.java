package io.madeleine.evaluation.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.evaluation.retention.Simulation.Arm;
import io.madeleine.memory.retention.RetentionPolicy;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SimulationTest {

  private static final Workload BUSY =
      new Workload(
          /* programs= */ 60, /* secondsBetween= */ 200, /* toolScale= */ 10, /* seed= */ 3);

  @Test
  void run_anyArm_finishesEveryProgramAndReadsAtLeastTheFreshTokens() {
    for (Order order : Order.values()) {
      for (RetentionPolicy policy :
          List.of(
              new RetentionPolicy.None(),
              new RetentionPolicy.Lru(),
              new RetentionPolicy.Gdsf(),
              RetentionPolicy.CacheTtl.PAPER)) {
        Outcome outcome = run(order, policy, /* disk= */ false);

        assertThat(outcome.completionSeconds()).hasSize(60);
        assertThat(outcome.prefilledTokens()).isGreaterThanOrEqualTo(outcome.freshTokens());
      }
    }
  }

  @Test
  void run_noneWithoutDisk_readsEverythingAgain() {
    Outcome none = run(Order.PROGRAM_FIRST_COME, new RetentionPolicy.None(), /* disk= */ false);
    Outcome lru = run(Order.PROGRAM_FIRST_COME, new RetentionPolicy.Lru(), /* disk= */ false);

    assertThat(none.prefilledTokens()).isGreaterThan(2 * lru.prefilledTokens());
  }

  @Test
  void run_withDisk_neverReadsTwice() {
    Outcome outcome = run(Order.PROGRAM_FIRST_COME, new RetentionPolicy.None(), /* disk= */ true);

    assertThat(outcome.prefilledTokens()).isEqualTo(outcome.freshTokens());
    assertThat(outcome.reloadedTokens()).isPositive();
  }

  @Test
  void run_memoryForEverybody_makesAllPoliciesButNoneEqual() {
    var roomy = new Calibration(60, 8, 15_000, /* memoryTokens= */ 10_000_000);

    double lru = mean(new RetentionPolicy.Lru(), roomy);

    assertThat(mean(RetentionPolicy.CacheTtl.PAPER, roomy)).isEqualTo(lru);
    assertThat(mean(new RetentionPolicy.Clairvoyant(_ -> 0), roomy)).isEqualTo(lru);
  }

  private static double mean(RetentionPolicy policy, Calibration engine) {
    return new Simulation(new Arm(Order.PROGRAM_FIRST_COME, policy, false), engine)
        .run(BUSY)
        .mean();
  }

  private static Outcome run(Order order, RetentionPolicy policy, boolean disk) {
    return new Simulation(new Arm(order, policy, disk), Calibration.TWO_CORES).run(BUSY);
  }
}
