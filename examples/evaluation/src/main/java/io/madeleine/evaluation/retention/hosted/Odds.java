package io.madeleine.evaluation.retention.hosted;

import io.madeleine.evaluation.retention.hosted.Session.Step;
import io.madeleine.langchain4j.hosted.GapOdds;
import java.util.Arrays;
import java.util.List;

/**
 * The distributions that sessions are drawn from, as nobody outside the experiment knows them.
 *
 * @param people pauses of people, those that never end included
 * @param tools pauses of tools
 * @param share of answers that a person goes on from
 */
record Odds(GapOdds people, GapOdds tools, double share) {

  private static final int SESSIONS = 20_000;
  private static final long SEED = -1; // no run has it

  /** {@return what sessions of such people follow, from more of them than any run has} */
  static Odds of(double patience) {
    List<Step> steps =
        Session.generate(SESSIONS, patience, SEED).stream()
            .flatMap(session -> session.steps().stream())
            .toList();
    long lasts = steps.stream().filter(Step::last).count();
    return new Odds(odds(steps, true), odds(steps, false), (double) lasts / steps.size());
  }

  private static GapOdds odds(List<Step> steps, boolean last) {
    double[] sorted =
        steps.stream()
            .filter(step -> step.last() == last)
            .mapToDouble(Step::gapSeconds)
            .sorted()
            .toArray();
    return seconds -> {
      int at = Arrays.binarySearch(sorted, seconds);
      int notLonger = at < 0 ? -at - 1 : at + 1;
      return (double) (sorted.length - notLonger) / sorted.length;
    };
  }
}
