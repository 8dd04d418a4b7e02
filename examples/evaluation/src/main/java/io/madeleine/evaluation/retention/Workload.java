package io.madeleine.evaluation.retention;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Agents as they arrive: Poisson arrivals, about ten turns, five tools whose durations are
 * lognormal and span four orders of magnitude. The moments are those published for coding agents
 * (Continuum, InferCept); seeded, so that every arm sees the same programs.
 *
 * @param programs how many
 * @param secondsBetween mean seconds between arrivals
 * @param toolScale multiplies every tool's duration
 * @param seed of everything random
 */
public record Workload(int programs, double secondsBetween, double toolScale, long seed) {

  /** One program: an agent's run from first request to last answer. */
  record Program(int number, double arrivesAt, List<Turn> turns) {}

  /**
   * One request and its answer.
   *
   * @param promptTokens new tokens that the request brings
   * @param answerTokens tokens that the answer has
   * @param tool what runs afterwards
   * @param gapSeconds how long until the next request
   */
  record Turn(int promptTokens, int answerTokens, String tool, double gapSeconds) {}

  private record Tool(String name, double weight, double medianSeconds, double sigma) {}

  private static final List<Tool> TOOLS =
      List.of(
          new Tool("read", 0.35, 0.05, 0.8),
          new Tool("grep", 0.20, 0.25, 1.0),
          new Tool("exec", 0.28, 2.0, 1.9),
          new Tool("web", 0.12, 1.6, 1.0),
          new Tool("agent", 0.05, 60, 1.2));

  List<Program> generate() {
    var random = new SplittableRandom(seed);
    var result = new ArrayList<Program>();
    double now = 0;
    for (int number = 0; number < programs; number++) {
      now += -secondsBetween * Math.log(1 - random.nextDouble());
      result.add(new Program(number, now, turns(random)));
    }
    return result;
  }

  private List<Turn> turns(RandomGenerator random) {
    int count = (int) Math.max(1, Math.round(random.nextGaussian(10.9, 2.1)));
    var turns = new ArrayList<Turn>();
    for (int i = 0; i < count; i++) {
      int prompt = lognormal(random, i == 0 ? 1_200 : 220, i == 0 ? 0.35 : 0.7);
      Tool tool = pick(random);
      double gap =
          toolScale * tool.medianSeconds() * Math.exp(tool.sigma() * random.nextGaussian());
      turns.add(new Turn(prompt, lognormal(random, 48, 0.5), tool.name(), gap));
    }
    return turns;
  }

  private static Tool pick(RandomGenerator random) {
    double left = random.nextDouble();
    for (Tool tool : TOOLS) {
      left -= tool.weight();
      if (left < 0) {
        return tool;
      }
    }
    return TOOLS.getLast();
  }

  private static int lognormal(RandomGenerator random, double median, double sigma) {
    return (int) Math.max(1, Math.round(median * Math.exp(sigma * random.nextGaussian())));
  }
}
