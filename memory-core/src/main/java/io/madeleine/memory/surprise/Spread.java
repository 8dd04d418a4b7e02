package io.madeleine.memory.surprise;

import java.util.Arrays;

/** What counts as ordinary in a window of surprises, and how far from it is far. */
public enum Spread {
  /**
   * Mean and unbiased standard deviation, as EM-LLM has it. A spike in the window hides the next.
   */
  MEAN_AND_DEVIATION {
    @Override
    double threshold(double[] window, double gamma) {
      double sum = 0;
      for (double value : window) {
        sum += value;
      }
      double mean = sum / window.length;
      double squares = 0;
      for (double value : window) {
        squares += (value - mean) * (value - mean);
      }
      return mean + gamma * Math.sqrt(squares / Math.max(1, window.length - 1));
    }
  },

  /**
   * Median and median absolute deviation, scaled by 1.4826 so that both agree on normal data. A
   * single spike moves neither.
   */
  MEDIAN_AND_MAD {
    @Override
    double threshold(double[] window, double gamma) {
      double median = median(window);
      double[] distances = new double[window.length];
      for (int i = 0; i < window.length; i++) {
        distances[i] = Math.abs(window[i] - median);
      }
      return median + gamma * NORMAL_DEVIATION_PER_MAD * median(distances);
    }
  };

  private static final double NORMAL_DEVIATION_PER_MAD = 1.4826;

  /**
   * {@return the value above which the next surprise is a boundary; {@code window} has at least 2}
   */
  abstract double threshold(double[] window, double gamma);

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
