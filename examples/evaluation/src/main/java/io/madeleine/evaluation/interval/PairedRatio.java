package io.madeleine.evaluation.interval;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * One thing over another, both of the same runs.
 *
 * @param ratio of the sums
 * @param low lower end of the 95 % interval: Student's t over the logarithms of the runs' ratios
 * @param high upper end; one run alone has an interval from 0 to infinity
 */
public record PairedRatio(double ratio, double low, double high) {

  /**
   * {@return {@code ours} over {@code theirs}}
   *
   * @param ours positive numbers, one a run
   * @param theirs of the same runs in the same order
   * @throws IllegalArgumentException if they are not of the same runs, or there is none
   */
  public static PairedRatio of(double[] ours, double[] theirs) {
    if (ours.length != theirs.length || ours.length == 0) {
      throw new IllegalArgumentException(
          "a paired ratio needs the same runs on both sides, at least 1, but has %d and %d"
              .formatted(ours.length, theirs.length));
    }
    double ratio = Arrays.stream(ours).sum() / Arrays.stream(theirs).sum();
    int runs = ours.length;
    if (runs == 1) {
      return new PairedRatio(ratio, 0, Double.POSITIVE_INFINITY);
    }
    double[] logs =
        IntStream.range(0, runs).mapToDouble(i -> Math.log(ours[i] / theirs[i])).toArray();
    double mean = Arrays.stream(logs).average().orElseThrow();
    double variance = Arrays.stream(logs).map(x -> (x - mean) * (x - mean)).sum() / (runs - 1);
    double half = StudentT.quantile(runs - 1) * Math.sqrt(variance / runs);
    return new PairedRatio(ratio, Math.exp(mean - half), Math.exp(mean + half));
  }
}
