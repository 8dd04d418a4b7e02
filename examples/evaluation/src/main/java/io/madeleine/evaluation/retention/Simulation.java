package io.madeleine.evaluation.retention;

import io.madeleine.evaluation.retention.Engine.Place;
import io.madeleine.evaluation.retention.Workload.Program;
import io.madeleine.evaluation.retention.Workload.Turn;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.retention.GapRecorder;
import io.madeleine.memory.retention.Idle;
import io.madeleine.memory.retention.Lease;
import io.madeleine.memory.retention.Leases;
import io.madeleine.memory.retention.LoadEstimate;
import io.madeleine.memory.retention.Pause;
import io.madeleine.memory.retention.Retention;
import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.memory.retention.TtlDecision;
import io.madeleine.memory.retention.Victims;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.PriorityQueue;

/**
 * Agents on an engine that serves one request at a time: an arithmetic, or a real model. Retention,
 * leases and victims are the real ones, on a clock that moves by what serving takes.
 */
final class Simulation {

  /** A program on its way. */
  private static final class Run {
    private final Program program;
    private final ConversationKey key;
    private int turn;
    private int context;
    private Place place = Place.NOWHERE;
    private double readyAt;
    private double idleSince;
    private double floorAtUse;

    Run(Program program) {
      this.program = program;
      this.key = ConversationKey.of("simulation", Integer.toString(program.number()));
      this.readyAt = program.arrivesAt();
    }

    Turn current() {
      return program.turns().get(turn);
    }
  }

  /** One combination of order, retention and tier. */
  record Arm(Order order, RetentionPolicy policy, boolean disk) {}

  private final Arm arm;
  private final Engine engine;
  private final GapRecorder gaps = new GapRecorder();
  private final LoadEstimate load = new LoadEstimate();
  private final Retention retention;
  private final Victims victims;
  private final Leases leases;
  private final PriorityQueue<Run> arriving =
      new PriorityQueue<>(Comparator.comparingDouble((Run run) -> run.readyAt));
  private final List<Run> waiting = new ArrayList<>();
  private final List<Run> unfinished = new ArrayList<>();
  private final List<Double> completions = new ArrayList<>();
  private double now;
  private double pendingGap;
  private long prefilled;
  private long fresh;
  private long reloaded;
  private double leasedIdle;
  private int decisions;
  private int zeroDecisions;

  Simulation(Arm arm, Engine engine) {
    this.engine = engine;
    this.arm =
        arm.policy() instanceof RetentionPolicy.Clairvoyant
            ? new Arm(arm.order(), new RetentionPolicy.Clairvoyant(_ -> pendingGap), arm.disk())
            : arm;
    this.retention = new Retention(this.arm.policy(), gaps, load);
    this.victims = new Victims(this.arm.policy());
    this.leases = new Leases(engine.memoryTokens() / 2, () -> (long) (now * 1e9));
  }

  Outcome run(Workload workload) {
    return run(workload.generate());
  }

  Outcome run(List<Program> programs) {
    for (Program program : programs) {
      var run = new Run(program);
      arriving.add(run);
      unfinished.add(run);
    }
    while (!unfinished.isEmpty()) {
      admit();
      leases.expire(key -> waiting.stream().anyMatch(run -> run.key.equals(key)));
      serve(next());
    }
    return new Outcome(
        completions,
        prefilled,
        fresh,
        reloaded,
        leasedIdle,
        decisions == 0 ? 0 : (double) zeroDecisions / decisions);
  }

  /** Moves what is ready into the queue; sleeps until something is if the queue is empty. */
  private void admit() {
    if (waiting.isEmpty()) {
      now = Math.max(now, arriving.element().readyAt);
    }
    while (!arriving.isEmpty() && arriving.element().readyAt <= now) {
      Run run = arriving.remove();
      if (run.turn > 0) {
        Turn before = run.program.turns().get(run.turn - 1);
        gaps.returned(
            GapRecorder.key(List.of(before.tool())),
            before.gapSeconds(),
            before.gapSeconds(),
            false);
      }
      waiting.add(run);
    }
  }

  private Run next() {
    Comparator<Run> byProgram = Comparator.comparingInt(run -> run.program.number());
    Comparator<Run> order =
        switch (arm.order()) {
          case REQUEST_FIRST_COME -> Comparator.comparingDouble(run -> run.readyAt);
          case PROGRAM_FIRST_COME -> byProgram;
          case RESIDENT_FIRST ->
              Comparator.comparing((Run run) -> run.place != Place.MEMORY).thenComparing(byProgram);
        };
    Run chosen = waiting.stream().min(order).orElseThrow();
    waiting.remove(chosen);
    return chosen;
  }

  private void serve(Run run) {
    Turn turn = run.current();
    if (run.turn > 0 && run.place != Place.MEMORY) {
      load.queued(now - run.readyAt);
    }
    leases.of(run.key).ifPresent(lease -> chargeLease(lease, now));
    leases.claim(run.key);
    makeRoom(run, run.context + turn.promptTokens() + turn.answerTokens());
    count(run, turn);
    now += engine.serve(run.program, run.turn, run.context, run.place);
    run.context += turn.promptTokens() + turn.answerTokens();
    run.place = Place.MEMORY;
    run.idleSince = now;
    run.floorAtUse = victims.floor();
    run.turn++;
    if (run.turn == run.program.turns().size()) {
      finish(run);
    } else {
      pause(run, turn);
    }
  }

  private void count(Run run, Turn turn) {
    fresh += turn.promptTokens();
    prefilled += turn.promptTokens();
    switch (run.place) {
      case MEMORY -> {}
      case DISK -> reloaded += run.context;
      case NOWHERE -> prefilled += run.context;
    }
  }

  private void finish(Run run) {
    run.place = Place.NOWHERE;
    engine.finish(run.program);
    leases.end(run.key);
    load.finished(run.program.turns().size());
    completions.add(now - run.program.arrivesAt());
    unfinished.remove(run);
  }

  private void pause(Run run, Turn turn) {
    pendingGap = turn.gapSeconds();
    var pause =
        new Pause(
            run.key,
            GapRecorder.key(List.of(turn.tool())),
            OptionalDouble.empty(),
            run.context,
            rebuildSeconds(run));
    TtlDecision decision = retention.decide(pause);
    decisions++;
    zeroDecisions += decision.seconds() == 0 ? 1 : 0;
    leases.grant(decision, run.program.number());
    if (arm.policy() instanceof RetentionPolicy.None) {
      evict(run);
    }
    run.readyAt = now + turn.gapSeconds();
    arriving.add(run);
  }

  private double rebuildSeconds(Run run) {
    return arm.disk() ? engine.reloadSeconds(run.context) : engine.prefillSeconds(run.context);
  }

  /** Evicts what is idle, then takes leases back, until {@code tokens} fit for {@code run}. */
  private void makeRoom(Run run, int tokens) {
    for (Idle idle : victims.choose(idle(run), missing(run, tokens))) {
      evict(idle.program());
    }
    long missing = missing(run, tokens);
    if (missing > 0) {
      for (ConversationKey program : leases.takeBack(missing)) {
        evict(program);
      }
    }
  }

  private long missing(Run run, int tokens) {
    long used =
        unfinished.stream()
            .filter(other -> other != run && other.place == Place.MEMORY)
            .mapToLong(other -> other.context)
            .sum();
    return Math.max(0, used + tokens - engine.memoryTokens());
  }

  private List<Idle> idle(Run except) {
    return unfinished.stream()
        .filter(run -> run != except && run.place == Place.MEMORY)
        .filter(run -> leases.of(run.key).isEmpty())
        .map(
            run ->
                new Idle(
                    run.key,
                    run.context,
                    now - run.idleSince,
                    run.turn,
                    rebuildSeconds(run),
                    run.floorAtUse,
                    waiting.contains(run)))
        .toList();
  }

  private void evict(ConversationKey program) {
    unfinished.stream().filter(run -> run.key.equals(program)).forEach(this::evict);
  }

  private void evict(Run run) {
    if (run.place == Place.MEMORY) {
      now += engine.evict(run.program, run.context, arm.disk());
    }
    run.place = arm.disk() ? Place.DISK : Place.NOWHERE;
  }

  private void chargeLease(Lease lease, double until) {
    double seconds = Math.min(until, lease.deadlineNanos() / 1e9) - lease.grantedNanos() / 1e9;
    leasedIdle += Math.max(0, seconds) * lease.decision().pause().bytes();
  }
}
