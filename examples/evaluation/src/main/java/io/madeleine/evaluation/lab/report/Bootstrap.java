// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.report;

import io.madeleine.evaluation.world.Dice;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * Intervals by the percentile bootstrap (Efron, 1979). Whole dialogues are drawn, since questions
 * behind one dialogue share its luck; two policies are compared on the same draws.
 */
public final class Bootstrap {

  private static final int ROUNDS = 1000;
  private static final double TAIL = 0.025;
  private static final long SEED = 17;

  private Bootstrap() {}

  /** From where to where 95 % of the draws lie. */
  public record Interval(double low, double high) {}

  /**
   * {@return the interval of a statistic}
   *
   * @param dialogues how many there are
   * @param statistic of how often each dialogue was drawn
   */
  public static Interval of(int dialogues, ToDoubleFunction<int[]> statistic) {
    Dice dice = new Dice(SEED);
    double[] values = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      int[] drawn = new int[dialogues];
      for (int i = 0; i < dialogues; i++) {
        drawn[dice.below(dialogues)]++;
      }
      values[round] = statistic.applyAsDouble(drawn);
    }
    Arrays.sort(values);
    int low = (int) (TAIL * ROUNDS);
    return new Interval(values[low], values[ROUNDS - 1 - low]);
  }
}
