package io.madeleine.evaluation.retention.hosted;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * One person's work with an agent: turns, each a loop of tool calls. The moments are those of
 * TraceLab (43 developers, CC BY 4.0): tools median 0.3 s, people 84 s, generation 5.7 s, 795
 * tokens added a step. A session ends without a word: nobody is told that the last pause is one.
 * Seeded.
 *
 * @param steps its requests
 */
record Session(List<Step> steps) {

  private static final long WINDOW = 160_000;

  /**
   * One request.
   *
   * @param added tokens that no request before it had
   * @param fromPerson whether a person spoke; else a tool's result
   * @param last whether its answer calls no tool, so that a person is next
   * @param gapSeconds from its answer to the next request; infinite at the end of the session,
   *     where nobody comes back
   */
  record Step(long added, boolean fromPerson, boolean last, double gapSeconds) {}

  /** Sessions of one run; {@code patience} multiplies how long people take. */
  static List<Session> generate(int count, double patience, long seed) {
    var random = new SplittableRandom(seed);
    var sessions = new ArrayList<Session>();
    for (int i = 0; i < count; i++) {
      sessions.add(one(random, patience));
    }
    return sessions;
  }

  private static Session one(RandomGenerator random, double patience) {
    var steps = new ArrayList<Step>();
    long tokens = 0;
    do {
      boolean fromPerson = true;
      boolean last;
      do {
        long added = Math.round(lognormal(random, fromPerson ? 200 : 795, 1.2));
        added += steps.isEmpty() ? Math.round(lognormal(random, 12_000, 0.4)) : 0;
        tokens += added;
        last = random.nextDouble() < 1 / 9.0 || tokens > WINDOW;
        double gap = lognormal(random, 5.7, 1.06);
        gap += last ? patience * lognormal(random, 84, 2.1) : lognormal(random, 0.3, 2.87);
        steps.add(new Step(added, fromPerson, last, gap));
        fromPerson = false;
      } while (!last);
    } while (random.nextDouble() > 1 / 8.0 && tokens <= WINDOW);
    Step end = steps.removeLast();
    steps.add(new Step(end.added(), end.fromPerson(), end.last(), Double.POSITIVE_INFINITY));
    return new Session(steps);
  }

  private static double lognormal(RandomGenerator random, double median, double sigma) {
    return median * Math.exp(sigma * random.nextGaussian());
  }
}
