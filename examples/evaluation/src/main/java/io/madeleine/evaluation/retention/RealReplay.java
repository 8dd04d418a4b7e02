package io.madeleine.evaluation.retention;

import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.interval.PairedRatio;
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

  /** An arm with its name, and how it went, seed by seed. */
  private record Course(Arm arm, String policy, List<Outcome> real, List<Outcome> foretold) {}

  /**
   * Runs every arm under one load. Arms take turns within a seed, so that what a machine does over
   * the hours touches all of them alike; one run ahead of all is thrown away.
   */
  List<RealRow> run(double load, double toolScale, Consumer<RealRow> each) {
    int memory = (int) (Calibration.TWO_CORES.memoryTokens() * TOKENS);
    var rows = new ArrayList<RealRow>();
    try (var engine = new RealEngine(model, directory, memory)) {
      List<List<Program>> workloads = workloads(engine.fitted(), load, toolScale);
      for (boolean disk : new boolean[] {false, true}) {
        List<Course> courses = courses(disk);
        new Simulation(courses.getFirst().arm, engine).run(workloads.getFirst());
        for (List<Program> programs : workloads) {
          for (Course course : courses) {
            course.real.add(new Simulation(course.arm, engine).run(programs));
            course.foretold.add(new Simulation(course.arm, engine.fitted()).run(programs));
          }
        }
        Course fair = courses.getFirst();
        for (Course course : courses.stream().filter(this::isWanted).toList()) {
          RealRow row = row(course, fair, load);
          rows.add(row);
          each.accept(row);
        }
      }
    }
    return rows;
  }

  private boolean isWanted(Course course) {
    return retention.contains(course.policy);
  }

  /** The fair baseline first, whether it is wanted or not. */
  private List<Course> courses(boolean disk) {
    var courses = new ArrayList<Course>();
    for (Order order : Order.values()) {
      for (var policy : policies().entrySet()) {
        boolean fair = order == Order.RESIDENT_FIRST && policy.getKey().equals("lru");
        if (fair || retention.contains(policy.getKey())) {
          courses.add(
              fair ? 0 : courses.size(),
              new Course(
                  new Arm(order, policy.getValue(), disk),
                  policy.getKey(),
                  new ArrayList<>(),
                  new ArrayList<>()));
        }
      }
    }
    return courses;
  }

  private static RealRow row(Course course, Course fair, double load) {
    List<Outcome> real = course.real;
    PairedRatio ratio = PairedRatio.of(means(real), means(fair.real));
    return new RealRow(
        course.arm.order().name(),
        course.policy,
        course.arm.disk() ? "disk" : "memory only",
        load,
        mean(real, Outcome::mean),
        mean(real, outcome -> outcome.quantile(0.95)),
        mean(real, Outcome::prefilledTokens),
        ratio.ratio(),
        ratio.low(),
        ratio.high(),
        mean(course.foretold, Outcome::mean),
        mean(course.foretold, Outcome::mean) / mean(fair.foretold, Outcome::mean));
  }

  private static double[] means(List<Outcome> outcomes) {
    return outcomes.stream().mapToDouble(Outcome::mean).toArray();
  }

  private static double mean(List<Outcome> outcomes, ToDoubleFunction<Outcome> of) {
    return outcomes.stream().mapToDouble(of).average().orElse(0);
  }

  private List<List<Program>> workloads(Fitted speeds, double load, double toolScale) {
    // The unit of time: what one token of the full-size workload takes to read, here and there.
    double unit =
        speeds.prefillSeconds(Fitted.CHUNK)
            / Fitted.CHUNK
            * TOKENS
            / Calibration.TWO_CORES.prefillSeconds(1);
    var workloads = new ArrayList<List<Program>>();
    for (int seed = 0; seed < seeds; seed++) {
      List<Program> scaled =
          new Workload(programs, 1, toolScale * unit, seed)
              .generate().stream().map(this::scaled).toList();
      double service = scaled.stream().mapToDouble(program -> service(speeds, program)).sum();
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

  /** Seconds that a program takes if its cache never leaves. */
  private static double service(Fitted speeds, Program program) {
    double seconds = 0;
    int context = 0;
    for (int turn = 0; turn < program.turns().size(); turn++) {
      seconds += speeds.serve(program, turn, context, Engine.Place.MEMORY);
      context +=
          program.turns().get(turn).promptTokens() + program.turns().get(turn).answerTokens();
    }
    return seconds;
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
