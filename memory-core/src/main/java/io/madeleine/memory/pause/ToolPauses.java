package io.madeleine.memory.pause;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.retention.GapRecorder;
import io.madeleine.memory.retention.Lease;
import io.madeleine.memory.retention.LeaseEvent;
import io.madeleine.memory.retention.Leases;
import io.madeleine.memory.retention.LoadEstimate;
import io.madeleine.memory.retention.Pause;
import io.madeleine.memory.retention.Retention;
import io.madeleine.memory.retention.TtlDecision;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * Who waits for tools right now. A pause begins with an answer that calls tools and ends when a
 * result is there, when the program says something else instead, or when the tool has hung for too
 * long. Only the first teaches how long the tool takes; the last teaches that it takes longer.
 *
 * <p>At most {@value #WAITING} pauses at once, the oldest given up for the next; the last {@value
 * #PROGRAMS} programs have a place in the order of arrival. Thread-safe.
 */
public final class ToolPauses {

  /** Pauses at once. */
  public static final int WAITING = 4096;

  /** Programs whose place in the order of arrival is remembered. */
  public static final int PROGRAMS = 4096;

  private static final int SAMPLES_THAT_FORETELL = 5;

  private final PauseOptions options;
  private final LongSupplier nanoClock;
  private final GapRecorder gaps = new GapRecorder();
  private final LoadEstimate load = new LoadEstimate();
  private final Retention inMemory;
  private final Retention onDisk;
  private final Leases leases;
  private final Map<ConversationKey, Waiting> waiting = new LinkedHashMap<>();
  private final Map<CallOf, ConversationKey> callers = new HashMap<>();
  private final Map<ConversationKey, Program> programs = new LinkedHashMap<>(16, 0.75f, true);
  private long arrivals;

  /** A pause that goes on. */
  private static final class Waiting {
    private final ToolPause pause;
    private final String toolKey;
    private final long beganNanos;
    private final TtlDecision disk;
    private boolean movedDown;
    private boolean fetched;

    Waiting(ToolPause pause, String toolKey, long beganNanos, TtlDecision disk) {
      this.pause = pause;
      this.toolKey = toolKey;
      this.beganNanos = beganNanos;
      this.disk = disk;
    }

    double seconds(long now) {
      return Math.max(0, (now - beganNanos) / 1e9);
    }
  }

  /** Ids of calls are unique within a tenant. */
  private record CallOf(Tenant tenant, String id) {}

  private record Program(long arrival, int turns) {}

  /**
   * @param options how long caches are leased
   * @param nanoClock the monotonic clock, {@code System::nanoTime} outside tests
   */
  public ToolPauses(PauseOptions options, LongSupplier nanoClock) {
    this.options = options;
    this.nanoClock = nanoClock;
    this.inMemory = new Retention(options.memory(), gaps, load);
    this.onDisk = new Retention(options.disk(), gaps, load);
    this.leases = new Leases(options.leasedBytes(), nanoClock);
  }

  /** {@return the place of a program in the order of arrival, given when it is first asked for} */
  public synchronized long arrival(ConversationKey program) {
    return program(program).arrival();
  }

  /** {@return the program that waits for the result of one of these calls} */
  public synchronized Optional<ConversationKey> caller(Tenant tenant, List<String> callIds) {
    return callIds.stream()
        .map(id -> Optional.ofNullable(callers.get(new CallOf(tenant, id))))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** An answer called tools. {@return the lease on its cache in memory, if it has one} */
  public synchronized Optional<Lease> began(ToolPause pause) {
    ConversationKey program = pause.program();
    end(program);
    if (waiting.size() == WAITING) {
      giveUp(waiting.values().iterator().next());
    }
    Program known = program(program);
    programs.put(program, new Program(known.arrival(), known.turns() + 1));
    String key = GapRecorder.key(pause.tools());
    TtlDecision disk = onDisk.decide(asked(pause, key, pause.prefillSeconds()));
    double rebuild = pause.reloadSeconds().orElse(pause.prefillSeconds());
    TtlDecision memory = inMemory.decide(asked(pause, key, rebuild));
    waiting.put(program, new Waiting(pause, key, nanoClock.getAsLong(), disk));
    pause.callIds().forEach(id -> callers.put(new CallOf(program.tenant(), id), program));
    return leases.grant(memory, known.arrival());
  }

  private static Pause asked(ToolPause pause, String key, double rebuildSeconds) {
    return new Pause(pause.program(), key, pause.hintSeconds(), pause.bytes(), rebuildSeconds);
  }

  /**
   * The results of a program's calls are here: what the pause took is learned.
   *
   * @param toolSeconds what the tool itself took, where the caller knows it
   * @param failed whether a tool failed
   * @return what the pause took in seconds; empty if the program was not waiting
   */
  public synchronized OptionalDouble returned(
      ConversationKey program, OptionalDouble toolSeconds, boolean failed) {
    Waiting over = waiting.get(program);
    if (over == null) {
      return OptionalDouble.empty();
    }
    double gap = over.seconds(nanoClock.getAsLong());
    gaps.returned(over.toolKey, gap, Math.min(gap, toolSeconds.orElse(gap)), failed);
    leases.claim(program);
    end(program);
    return OptionalDouble.of(gap);
  }

  /** Nobody will bring the results any more; nothing is learned. */
  public synchronized void cancelled(ConversationKey program) {
    leases.end(program);
    end(program);
  }

  /** The program answered without calling anything: its run is over. */
  public synchronized void finished(ConversationKey program) {
    cancelled(program);
    Program known = programs.remove(program);
    load.finished(known == null ? 1 : known.turns() + 1);
  }

  /** A request whose cache was no longer in memory waited this long for its first step. */
  public void queuedWithoutCache(double seconds) {
    load.queued(seconds);
  }

  /** {@return how long the cache of a waiting program is worth its place on disk, in seconds} */
  public synchronized double diskSeconds(ConversationKey program) {
    Waiting one = waiting.get(program);
    return one == null ? 0 : one.disk.seconds();
  }

  /** {@return whether the cache of this program is protected right now} */
  public boolean leased(ConversationKey program) {
    return leases.of(program).isPresent();
  }

  /**
   * {@return programs whose cache is no longer protected in memory while their tool runs on, each
   * told once: it is time to have a copy on disk}
   */
  public synchronized List<ConversationKey> toMoveDown() {
    leases.expire(program -> false);
    var down = new ArrayList<ConversationKey>();
    for (Waiting one : waiting.values()) {
      if (!one.movedDown && !leased(one.pause.program())) {
        one.movedDown = true;
        down.add(one.pause.program());
      }
    }
    return down;
  }

  /**
   * {@return programs that are expected back within the time that fetching their cache takes, each
   * told once}
   */
  public synchronized List<ConversationKey> toFetch() {
    long now = nanoClock.getAsLong();
    var due = new ArrayList<ConversationKey>();
    for (Waiting one : waiting.values()) {
      if (one.movedDown && !one.fetched && isDue(one, now)) {
        one.fetched = true;
        due.add(one.pause.program());
      }
    }
    return due;
  }

  private boolean isDue(Waiting one, long now) {
    OptionalDouble expected = expectedSeconds(one);
    double ahead = one.pause.reloadSeconds().orElse(0) + options.fetchMarginSeconds();
    return expected.isPresent() && one.seconds(now) >= expected.getAsDouble() - ahead;
  }

  /** {@return what such a pause takes, by the tool's past or its author} */
  private OptionalDouble expectedSeconds(Waiting one) {
    return gaps.pauses(one.toolKey) >= SAMPLES_THAT_FORETELL
        ? gaps.quantile(one.toolKey, 0.5)
        : one.pause.hintSeconds();
  }

  /** {@return programs whose tool has hung for too long; they do not wait any more} */
  public synchronized List<ConversationKey> toGiveUp() {
    long now = nanoClock.getAsLong();
    List<Waiting> hung =
        waiting.values().stream()
            .filter(one -> one.seconds(now) > options.givenUpSeconds())
            .toList();
    hung.forEach(this::giveUp);
    return hung.stream().map(one -> one.pause.program()).toList();
  }

  private void giveUp(Waiting one) {
    gaps.hung(one.toolKey, one.seconds(nanoClock.getAsLong()));
    leases.end(one.pause.program());
    end(one.pause.program());
  }

  /**
   * Takes leases back, the latest arrived program first, until {@code bytes} are not protected.
   *
   * @return whose
   */
  public List<ConversationKey> takeBack(long bytes) {
    return leases.takeBack(bytes);
  }

  /** {@return who of a tenant waits, soonest begun first} */
  public synchronized List<PauseView> waiting(Tenant tenant) {
    long now = nanoClock.getAsLong();
    return waiting.values().stream()
        .filter(one -> one.pause.program().tenant().equals(tenant))
        .sorted(Comparator.comparingLong(one -> one.beganNanos - now))
        .map(one -> view(one, now))
        .toList();
  }

  /** {@return how one program waits; empty if it does not} */
  public synchronized Optional<PauseView> waiting(ConversationKey program) {
    long now = nanoClock.getAsLong();
    return Optional.ofNullable(waiting.get(program)).map(one -> view(one, now));
  }

  private PauseView view(Waiting one, long now) {
    ConversationKey program = one.pause.program();
    Optional<Lease> lease = leases.of(program);
    double left = lease.map(held -> held.secondsLeft(now)).orElse(0.0);
    String why =
        lease
            .map(held -> held.decision().why())
            .or(() -> leases.why(program).map(LeaseEvent::why))
            .orElse("");
    return new PauseView(program, one.toolKey, one.seconds(now), left, one.pause.bytes(), why);
  }

  /** {@return the last decisions and what became of them, of one tenant, oldest first} */
  public List<LeaseEvent> log(Tenant tenant) {
    return leases.log().stream().filter(event -> event.program().tenant().equals(tenant)).toList();
  }

  /** Forgets who of a tenant waits, and every decision about it. */
  public synchronized void forget(Tenant tenant) {
    List.copyOf(waiting.keySet()).stream()
        .filter(program -> program.tenant().equals(tenant))
        .forEach(this::end);
    programs.keySet().removeIf(program -> program.tenant().equals(tenant));
    leases.forget(tenant);
  }

  /** {@return how long tools took} */
  public GapRecorder gaps() {
    return gaps;
  }

  /** {@return bytes that leases protect} */
  public long leasedBytes() {
    return leases.bytes();
  }

  private void end(ConversationKey program) {
    Waiting over = waiting.remove(program);
    if (over != null) {
      over.pause.callIds().forEach(id -> callers.remove(new CallOf(program.tenant(), id)));
    }
  }

  private Program program(ConversationKey key) {
    Program known = programs.get(key);
    if (known == null) {
      if (programs.size() == PROGRAMS) {
        programs.remove(programs.keySet().iterator().next());
      }
      known = new Program(arrivals++, 0);
      programs.put(key, known);
    }
    return known;
  }
}
