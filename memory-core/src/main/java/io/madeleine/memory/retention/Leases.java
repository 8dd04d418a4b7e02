package io.madeleine.memory.retention;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.retention.LeaseEvent.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Who is protected, until when, and why. One lease a program; a second one replaces the first.
 *
 * <p>Deadlines are on the monotonic clock, so that a wall clock that jumps moves none. All leases
 * together protect at most {@code byteBudget} bytes: what does not fit is declined. The log keeps
 * the last {@value #LOG} events. Thread-safe.
 */
public final class Leases {

  /** Events that the log keeps. */
  public static final int LOG = 1024;

  private final long byteBudget;
  private final LongSupplier nanoClock;
  private final Map<ConversationKey, Lease> active = new HashMap<>();
  private final ArrayDeque<LeaseEvent> log = new ArrayDeque<>();
  private long bytes;

  /**
   * @param byteBudget the most that leases may protect together
   * @param nanoClock the monotonic clock, {@code System::nanoTime} outside tests
   */
  public Leases(long byteBudget, LongSupplier nanoClock) {
    if (byteBudget < 0) {
      throw new IllegalArgumentException(
          "the lease budget must be at least 0 bytes, but was " + byteBudget);
    }
    this.byteBudget = byteBudget;
    this.nanoClock = nanoClock;
  }

  /** {@return the lease that {@code decision} leads to; empty if it is 0 s or does not fit} */
  public synchronized Optional<Lease> grant(TtlDecision decision, long programArrival) {
    ConversationKey program = decision.pause().program();
    drop(program);
    long wanted = decision.pause().bytes();
    if (decision.seconds() <= 0) {
      note(program, Kind.DECLINED, decision.why());
      return Optional.empty();
    }
    if (wanted > byteBudget - bytes) {
      note(
          program,
          Kind.DECLINED,
          "%s; but it needs %,d bytes and %,d of %,d are leased"
              .formatted(decision.why(), wanted, bytes, byteBudget));
      return Optional.empty();
    }
    long now = nanoClock.getAsLong();
    var lease = new Lease(decision, programArrival, now, now + (long) (decision.seconds() * 1e9));
    active.put(program, lease);
    bytes += wanted;
    note(program, Kind.GRANTED, decision.why());
    return Optional.of(lease);
  }

  /** The request is back and holds its pages by itself now. Without a lease, does nothing. */
  public synchronized void claim(ConversationKey program) {
    if (drop(program)) {
      note(program, Kind.CLAIMED, "the request came back");
    }
  }

  /** The program ended. Without a lease, does nothing. */
  public synchronized void end(ConversationKey program) {
    if (drop(program)) {
      note(program, Kind.ENDED, "the program ended");
    }
  }

  /**
   * {@return the programs whose lease is over, strictly after its deadline; one that has a request
   * waiting keeps it}
   *
   * @param waiting whether a request of that program is in the queue
   */
  public synchronized List<ConversationKey> expire(Predicate<ConversationKey> waiting) {
    long now = nanoClock.getAsLong();
    var over = new ArrayList<ConversationKey>();
    active.forEach(
        (program, lease) -> {
          if (now - lease.deadlineNanos() > 0 && !waiting.test(program)) {
            over.add(program);
          }
        });
    for (ConversationKey program : over) {
      drop(program);
      note(program, Kind.EXPIRED, "nobody came back in time");
    }
    return over;
  }

  /**
   * Takes leases back, the latest arrived program first, until {@code bytesNeeded} bytes are no
   * longer protected or no lease is left.
   *
   * @return the programs that lost theirs, in that order
   */
  public synchronized List<ConversationKey> takeBack(long bytesNeeded) {
    var latestFirst = new ArrayList<>(active.entrySet());
    latestFirst.sort(
        Comparator.comparingLong(
                (Map.Entry<ConversationKey, Lease> entry) -> entry.getValue().programArrival())
            .reversed());
    var taken = new ArrayList<ConversationKey>();
    long freed = 0;
    for (var entry : latestFirst) {
      if (freed >= bytesNeeded) {
        break;
      }
      freed += entry.getValue().decision().pause().bytes();
      taken.add(entry.getKey());
    }
    for (ConversationKey program : taken) {
      drop(program);
      note(program, Kind.TAKEN_BACK, "%,d bytes were needed".formatted(bytesNeeded));
    }
    return taken;
  }

  /** {@return the lease of {@code program}, if it has one, over or not} */
  public synchronized Optional<Lease> of(ConversationKey program) {
    return Optional.ofNullable(active.get(program));
  }

  /** {@return all leases, soonest deadline first} */
  public synchronized List<Lease> all() {
    return active.values().stream()
        .sorted((a, b) -> Long.compare(a.deadlineNanos() - b.deadlineNanos(), 0))
        .toList();
  }

  /** {@return bytes under lease} */
  public synchronized long bytes() {
    return bytes;
  }

  /** {@return why {@code program} is, or is not, protected: its last event, if it is in the log} */
  public synchronized Optional<LeaseEvent> why(ConversationKey program) {
    return log.reversed().stream().filter(event -> event.program().equals(program)).findFirst();
  }

  /** Forgets a tenant: its leases, and what the log says of them. */
  public synchronized void forget(Tenant tenant) {
    List.copyOf(active.keySet()).stream()
        .filter(program -> program.tenant().equals(tenant))
        .forEach(this::drop);
    log.removeIf(event -> event.program().tenant().equals(tenant));
  }

  /** {@return the last events, oldest first} */
  public synchronized List<LeaseEvent> log() {
    return List.copyOf(log);
  }

  private boolean drop(ConversationKey program) {
    Lease lease = active.remove(program);
    if (lease == null) {
      return false;
    }
    bytes -= lease.decision().pause().bytes();
    return true;
  }

  private void note(ConversationKey program, Kind kind, String why) {
    if (log.size() == LOG) {
      log.removeFirst();
    }
    log.addLast(new LeaseEvent(program, kind, nanoClock.getAsLong(), why));
  }
}
