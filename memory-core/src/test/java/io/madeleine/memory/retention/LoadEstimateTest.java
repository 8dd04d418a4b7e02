package io.madeleine.memory.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class LoadEstimateTest {

  private final LoadEstimate load = new LoadEstimate();

  @Test
  void memoryfulness_programsOfOneLength_isOne() {
    for (int i = 0; i < 50; i++) {
      load.finished(10);
    }

    assertThat(load.memoryfulness()).isCloseTo(1, within(1e-9));
  }

  @Test
  void memoryfulness_geometricLengths_isNearZero() {
    var random = new SplittableRandom(3);
    double sum = 0;
    for (int run = 0; run < 40; run++) {
      for (int i = 0; i < LoadEstimate.PROGRAMS; i++) {
        int turns = 1;
        while (random.nextDouble() > 0.1) {
          turns++;
        }
        load.finished(turns);
      }
      sum += load.memoryfulness();
    }

    assertThat(sum / 40).isCloseTo(0, within(0.15));
  }

  @Test
  void queueDelay_manyDelays_isTheMeanOfTheLastOnes() {
    for (int i = 0; i < LoadEstimate.DELAYS; i++) {
      load.queued(100);
    }
    for (int i = 0; i < LoadEstimate.DELAYS; i++) {
      load.queued(3);
    }

    assertThat(load.queueDelaySeconds()).isCloseTo(3, within(1e-9));
  }

  @Test
  void estimates_nothingSeen_areTheColdStart() {
    assertThat(load.queueDelaySeconds()).isZero();
    assertThat(load.memoryfulness()).isEqualTo(1);
  }
}
