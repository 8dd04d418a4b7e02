package io.madeleine.evaluation.retention;

import java.util.List;

/**
 * What a run of the simulation came to.
 *
 * @param completionSeconds of every program, from its arrival to its last answer
 * @param prefilledTokens tokens read, again or for the first time
 * @param freshTokens tokens that had to be read once
 * @param reloadedTokens tokens brought back from disk
 * @param leasedIdleTokenSeconds tokens under lease, times the seconds that nobody used them
 * @param zeroLeases share of decisions not to lease
 */
public record Outcome(
    List<Double> completionSeconds,
    long prefilledTokens,
    long freshTokens,
    long reloadedTokens,
    double leasedIdleTokenSeconds,
    double zeroLeases) {

  public Outcome {
    completionSeconds = List.copyOf(completionSeconds);
  }

  /** {@return the mean completion time in seconds} */
  public double mean() {
    return completionSeconds.stream().mapToDouble(Double::doubleValue).average().orElse(0);
  }

  /** {@return the completion time in seconds that {@code share} of the programs do not exceed} */
  public double quantile(double share) {
    List<Double> sorted = completionSeconds.stream().sorted().toList();
    return sorted.get((int) Math.round(share * (sorted.size() - 1)));
  }
}
