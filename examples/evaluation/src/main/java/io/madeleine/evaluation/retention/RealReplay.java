package io.madeleine.evaluation.retention;

import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.lab.report.Bootstrap;
import io.madeleine.evaluation.retention.Simulation.Arm;
import io.madeleine.evaluation.retention.Workload.Program;
import io.madeleine.evaluation.retention.Workload.Turn;
import io.madeleine.memory.retention.RetentionPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Every arm on a real model, with forced decoding, and beside each what the simulation foretells.
 *
 * <p>Tokens are scaled to the model's window, and times to its speed: a tool takes as many prefills
 * of its program as it would on two cores with a model of a billion weights. So the ratios can be
 * compared with those of the simulation, the seconds cannot.
 */
final class RealReplay {

  private static final double TOKENS = 0.1;

  private final Transformer model;
  private final Path directory;
  private final int programs;
  private final int seeds;
  private final List<String> retention;

  RealReplay(Transformer model, Path directory, int programs, int seeds, List<String> retention) {
    this.retention = List.copyOf(retention);
    this.model = model;
    this.directory = directory;
    this.programs = programs;
    this.seeds = seeds;
  }

  static Map<String, RetentionPolicy> policies() {
    var policies = new LinkedHashMap<String, RetentionPolicy>();
    policies.put("lru", new RetentionPolicy.Lru());
    policies.put("none", new RetentionPolicy.None());
    policies.put("fixed 100 s", new RetentionPolicy.Fixed(100));
    policies.put("cachettl", RetentionPolicy.CacheTtl.PAPER);
    policies.put("clairvoyant", new RetentionPolicy.Clairvoyant(_ -> 0));
    return policies;
  }

  /** Runs every arm under one load. */
  List<RealRow> run(double load, double toolScale, Consumer<RealRow> each) {
    var rows = new ArrayList<RealRow>();
    int memory = (int) (Calibration.TWO_CORES.memoryTokens() * TOKENS);
    try (var engine = new RealEngine(model, directory, memory)) {
      Calibration speeds = engine.calibration();
      for (boolean disk : new boolean[] {false, true}) {
        List<Outcome> fair =
            outcomes(
                new Arm(Order.RESIDENT_FIRST, new RetentionPolicy.Lru(), disk),
                engine,
                workloads(speeds, load, toolScale));
        for (Order order : Order.values()) {
          for (var policy : policies().entrySet()) {
            if (!retention.contains(policy.getKey())) {
              continue;
            }
            var arm = new Arm(order, policy.getValue(), disk);
            List<List<Program>> workloads = workloads(speeds, load, toolScale);
            boolean isFair = order == Order.RESIDENT_FIRST && policy.getKey().equals("lru");
            List<Outcome> real = isFair ? fair : outcomes(arm, engine, workloads);
            RealRow row =
                row(arm, policy.getKey(), load, real, fair, outcomes(arm, speeds, workloads));
            rows.add(row);
            each.accept(row);
          }
        }
      }
    }
    return rows;
  }

  private static List<Outcome> outcomes(Arm arm, Engine engine, List<List<Program>> workloads) {
    return workloads.stream().map(programs -> new Simulation(arm, engine).run(programs)).toList();
  }

  private static RealRow row(
      Arm arm,
      String policy,
      double load,
      List<Outcome> real,
      List<Outcome> fair,
      List<Outcome> foretold) {
    var interval = Bootstrap.of(real.size(), drawn -> sum(real, drawn) / sum(fair, drawn));
    return new RealRow(
        arm.order().name(),
        policy,
        arm.disk() ? "disk" : "memory only",
        load,
        mean(real, Outcome::mean),
        mean(real, outcome -> outcome.quantile(0.95)),
        mean(real, Outcome::prefilledTokens),
        mean(real, Outcome::mean) / mean(fair, Outcome::mean),
        interval.low(),
        interval.high(),
        mean(foretold, Outcome::mean));
  }

  private static double sum(List<Outcome> outcomes, int[] drawn) {
    double sum = 0;
    for (int seed = 0; seed < drawn.length; seed++) {
      sum += drawn[seed] * outcomes.get(seed).mean();
    }
    return sum;
  }

  private static double mean(List<Outcome> outcomes, ToDoubleFunction<Outcome> of) {
    return outcomes.stream().mapToDouble(of).average().orElse(0);
  }

  private List<List<Program>> workloads(Calibration speeds, double load, double toolScale) {
    // The unit of time: what one token of the full-size workload takes to read, here and there.
    double unit = speeds.prefillSeconds(1) * TOKENS / Calibration.TWO_CORES.prefillSeconds(1);
    var workloads = new ArrayList<List<Program>>();
    for (int seed = 0; seed < seeds; seed++) {
      List<Program> scaled =
          new Workload(programs, 1, toolScale * unit, seed)
              .generate().stream().map(this::scaled).toList();
      double service =
          scaled.stream()
              .flatMap(program -> program.turns().stream())
              .mapToDouble(
                  turn ->
                      speeds.prefillSeconds(turn.promptTokens())
                          + speeds.decodeSeconds(turn.answerTokens()))
              .sum();
      double between = service / programs / load;
      workloads.add(
          scaled.stream()
              .map(
                  program ->
                      new Program(program.number(), program.arrivesAt() * between, program.turns()))
              .toList());
    }
    return workloads;
  }

  /** Fewer tokens, and no more turns than the model's window holds. */
  private Program scaled(Program program) {
    var turns = new ArrayList<Turn>();
    int tokens = 0;
    for (Turn turn : program.turns()) {
      int prompt = (int) Math.max(1, Math.round(TOKENS * turn.promptTokens()));
      int answer = (int) Math.max(1, Math.round(TOKENS * turn.answerTokens()));
      tokens += prompt + answer;
      if (tokens > model.config().contextLength() && !turns.isEmpty()) {
        break;
      }
      turns.add(new Turn(prompt, answer, turn.tool(), turn.gapSeconds()));
    }
    return new Program(program.number(), program.arrivesAt(), turns);
  }
}
