package io.madeleine.langchain4j.hosted;

import io.madeleine.memory.retention.GapRecorder;

/** How likely a pause is to last longer than so many seconds. Falls from 1, never rises. */
@FunctionalInterface
public interface GapOdds {

  /** {@return the probability, from 0 to 1, that a pause outlasts {@code seconds}} */
  double outlasts(double seconds);

  /**
   * People between two turns, as measured on 43 developers: median 84 s, one in ten above 20
   * minutes (TraceLab, 2026). Used until an application's own pauses were seen.
   */
  GapOdds PEOPLE = lognormal(84, 2.1);

  /** Tools of coding agents: median 0.3 s with a long tail (TraceLab, 2026). */
  GapOdds TOOLS = lognormal(0.3, 2.87);

  /**
   * The same where one pause in ten is the last: nobody says good-bye. What reads a prefix again
   * and again for somebody who is gone has to start from this.
   */
  GapOdds PEOPLE_WHO_LEAVE = mixed(0.1, _ -> 1, PEOPLE);

  /** {@return odds of pauses whose logarithm is normal} */
  static GapOdds lognormal(double medianSeconds, double sigma) {
    return seconds -> seconds <= 0 ? 1 : 1 - normal(Math.log(seconds / medianSeconds) / sigma);
  }

  /**
   * {@return odds where it is not known yet which kind of pause it will be}
   *
   * @param share how often it is {@code one}, from 0 to 1
   */
  static GapOdds mixed(double share, GapOdds one, GapOdds other) {
    return seconds -> share * one.outlasts(seconds) + (1 - share) * other.outlasts(seconds);
  }

  /**
   * {@return what a recorder saw of a key, mixed with what was assumed before} What was assumed
   * counts as {@code weight} pauses, so that a few pauses do not make a distribution.
   *
   * @param weight pauses that the assumption is worth, at least 1
   */
  static GapOdds recorded(GapRecorder gaps, String key, int weight, GapOdds before) {
    return seconds -> {
      double seen = gaps.pauses(key);
      double share = seen / (seen + weight);
      return share * gaps.outlasts(key, seconds) + (1 - share) * before.outlasts(seconds);
    };
  }

  /** The normal distribution; Abramowitz and Stegun, 7.1.26: wrong by at most 1.5e-7. */
  private static double normal(double z) {
    double x = Math.abs(z) / Math.sqrt(2);
    double t = 1 / (1 + 0.3275911 * x);
    double poly =
        t
            * (0.254829592
                + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    double half = 0.5 * (1 - poly * Math.exp(-x * x));
    return z >= 0 ? 0.5 + half : 0.5 - half;
  }
}
