package io.madeleine.conversation.completion;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.PoolExhaustedException;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.pause.ToolPauses;
import io.madeleine.memory.retention.Idle;
import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.memory.retention.Victims;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The caches of answers that are over, by tenant and tokens. At most {@value #MOST}. When memory is
 * short, one that nobody has leased goes first, and leased ones only after them: a lease never
 * makes a request wait. What leaves memory goes to disk, if there is one: after a shortage the next
 * victims get their copies ahead. Thread-safe.
 */
final class PrefixCaches implements AutoCloseable {

  private static final int MOST = 1024;

  /** A prefix that is shorter is not worth a fork, nor a file. */
  private static final int WORTH_SHARING = 16;

  /** A quarter of the memory is to be had without waiting for the disk. */
  private static final int READY_SHARE = 4;

  @SuppressWarnings("ArrayRecordComponent") // stays in this class, never changed
  private record Resident(
      ConversationKey program, int[] tokens, KvCache cache, long usedNanos, double floor) {
    int commonWith(Tenant tenant, int[] other) {
      if (!program.tenant().equals(tenant)) {
        return 0;
      }
      int difference = Arrays.mismatch(tokens, other);
      return difference < 0 ? tokens.length : difference;
    }
  }

  /**
   * A cache to go on from, the caller's from now on.
   *
   * @param cache holds a prefix of what was asked for
   * @param program whose it was, if it was handed over as a whole
   * @param fromDisk whether it had left memory
   */
  record Taken(KvCache cache, Optional<ConversationKey> program, boolean fromDisk) {}

  private final KvShape shape;
  private final KvType type;
  private final PagePool pool;
  private final ToolPauses pauses;
  private final Optional<ParkedCaches> disk;
  private final LongSupplier nanoClock;
  private final Victims victims;
  private final ArrayDeque<Resident> residents = new ArrayDeque<>();
  private final OnTheirWay onTheirWay = new OnTheirWay();
  private final Set<Resident> copiedAhead = new HashSet<>();
  private Optional<ConversationKey> copying = Optional.empty();
  private boolean wasShort;
  private double prefillSecondsPerToken = 0.01;

  PrefixCaches(
      KvShape shape,
      KvType type,
      PagePool pool,
      ToolPauses pauses,
      RetentionPolicy policy,
      Optional<ParkedCaches> disk,
      LongSupplier nanoClock) {
    this.shape = shape;
    this.type = type;
    this.pool = pool;
    this.pauses = pauses;
    this.disk = disk;
    this.nanoClock = nanoClock;
    this.victims = new Victims(policy);
  }

  /** {@return what is to be begun before {@link #take}, and handed to {@link #land}} */
  OnTheirWay.Trip begin(Tenant tenant) {
    return onTheirWay.begin(tenant);
  }

  /**
   * {@return a cache of the longest known prefix of {@code tokens}, at most all but the last of
   * them} A cache that is a prefix as a whole is handed over; of another, the common part is
   * forked, its pages shared.
   */
  Taken take(Tenant tenant, int[] tokens) {
    Optional<ParkedCaches.Parked> longer = disk.flatMap(parked -> parked.longest(tenant, tokens));
    int common = longer.map(one -> one.commonWith(tenant, tokens)).orElse(0);
    if (common > inMemory(tenant, tokens) + WORTH_SHARING) {
      Optional<KvCache> read = longer.flatMap(this::readWithRoom);
      if (read.isPresent()) {
        read.get().truncate(Math.min(common, tokens.length - 1));
        boolean whole = common == longer.get().tokens().length;
        return new Taken(
            read.get(),
            whole ? Optional.of(longer.get().program()) : Optional.empty(),
            /* fromDisk= */ true);
      }
    }
    return takeFromMemory(tenant, tokens);
  }

  private synchronized int inMemory(Tenant tenant, int[] tokens) {
    return residents.stream()
        .mapToInt(resident -> resident.commonWith(tenant, tokens))
        .max()
        .orElse(0);
  }

  private Optional<KvCache> readWithRoom(ParkedCaches.Parked one) {
    while (true) {
      try {
        return disk.flatMap(parked -> parked.read(one, pool));
      } catch (PoolExhaustedException e) {
        if (!dropOne()) {
          return Optional.empty();
        }
      }
    }
  }

  private synchronized Taken takeFromMemory(Tenant tenant, int[] tokens) {
    Resident best = null;
    int common = 0;
    for (Resident resident : residents) {
      int length = resident.commonWith(tenant, tokens);
      if (length > common) {
        common = length;
        best = resident;
      }
    }
    // The last token is read in any case: the answer begins with what the model makes of it.
    int usable = Math.min(common, tokens.length - 1);
    if (best == null || usable < 1) {
      return nothing();
    }
    if (common == best.tokens.length) {
      residents.remove(best);
      best.cache.truncate(usable);
      return new Taken(best.cache, Optional.of(best.program), /* fromDisk= */ false);
    }
    if (usable < WORTH_SHARING) {
      return nothing();
    }
    KvCache fork = best.cache.fork();
    fork.truncate(usable);
    return new Taken(fork, Optional.empty(), /* fromDisk= */ false);
  }

  private Taken nothing() {
    return new Taken(new KvCache(shape, type, pool), Optional.empty(), /* fromDisk= */ false);
  }

  /** Keeps the cache of an answer that is over. */
  synchronized void give(ConversationKey program, int[] tokens, KvCache cache) {
    if (tokens.length == 0) {
      cache.close();
      return;
    }
    residents.addLast(new Resident(program, tokens, cache, nanoClock.getAsLong(), victims.floor()));
    if (residents.size() > MOST) {
      dropOne();
    }
  }

  /**
   * Keeps the cache of an answer that is over, unless it was forgotten on its way. {@return whether
   * it is kept}
   */
  synchronized boolean land(
      OnTheirWay.Trip trip, ConversationKey program, int[] tokens, KvCache cache) {
    try (trip) {
      if (trip.isForgotten()) {
        cache.close();
        return false;
      }
      give(program, tokens, cache);
      return true;
    }
  }

  /**
   * Gives the memory of one cache back, leased ones last, of those the latest arrived program's
   * first. {@return whether there was one}
   */
  synchronized boolean dropOne() {
    wasShort = true;
    List<Idle> free = unleased();
    if (!free.isEmpty()) {
      ConversationKey first = victims.choose(free, 1).getFirst().program();
      return evict(first);
    }
    while (true) {
      List<ConversationKey> taken = pauses.takeBack(1);
      if (taken.isEmpty()) {
        return false;
      }
      if (evict(taken.getFirst())) {
        return true;
      }
    }
  }

  private List<Idle> unleased() {
    return residents.stream()
        .filter(resident -> !pauses.leased(resident.program))
        .map(this::idle)
        .toList();
  }

  private Idle idle(Resident resident) {
    double idleSeconds = Math.max(0, (nanoClock.getAsLong() - resident.usedNanos) / 1e9);
    boolean onDisk =
        disk.map(parked -> parked.has(resident.program, resident.tokens)).orElse(false);
    long bytes = Math.max(1, resident.cache.bytes());
    double rebuild =
        onDisk ? reloadSeconds(bytes).orElse(0) : prefillSeconds(resident.tokens.length);
    // Whoever is being copied goes last: the copy holds its pages, and it would be written twice.
    boolean last = copying.filter(resident.program::equals).isPresent();
    return new Idle(
        resident.program, bytes, idleSeconds, 1, rebuild, resident.floor, /* queued= */ last);
  }

  /** Evicts the oldest cache of a program. */
  private boolean evict(ConversationKey program) {
    for (Resident resident : residents) {
      if (resident.program.equals(program)) {
        residents.remove(resident);
        try (KvCache cache = resident.cache) { // nobody else knows of it any more
          if (isWorthParking(resident)) {
            disk.ifPresent(parked -> parked.park(program, resident.tokens, cache, () -> false));
          }
        }
        return true;
      }
    }
    return false;
  }

  private boolean isWorthParking(Resident resident) {
    return resident.tokens.length >= WORTH_SHARING
        && (pauses.waiting(resident.program).isEmpty() || pauses.diskSeconds(resident.program) > 0);
  }

  /**
   * Writes one copy down, the next victim's first, so that the next shortage need not wait for the
   * disk: as long as less than a quarter of the memory is free or held by caches that have a copy.
   * Nothing is written before memory was short, and no cache twice, unless it grew.
   */
  void copyAhead() {
    Optional<Resident> next = nextToCopy();
    try {
      next.ifPresent(one -> copyDown(one.program, one::equals));
    } finally {
      copying(Optional.empty());
    }
  }

  private synchronized void copying(Optional<ConversationKey> program) {
    copying = program;
  }

  private synchronized Optional<Resident> nextToCopy() {
    copiedAhead.removeIf(one -> !residents.contains(one));
    if (!wasShort || disk.isEmpty()) {
      return Optional.empty();
    }
    long enough = pool.byteBudget() / READY_SHARE;
    long ready = pool.byteBudget() - pool.usedBytes();
    var gone = new HashSet<Resident>();
    for (Idle victim : victims.inOrder(unleased())) {
      if (ready >= enough) {
        break;
      }
      Resident one = oldestBut(gone, victim.program());
      if (isWorthParking(one) && copiedAhead.add(one)) {
        copying = Optional.of(one.program);
        return Optional.of(one);
      }
      gone.add(one);
      ready += one.cache.bytes();
    }
    wasShort = ready < enough;
    return Optional.empty();
  }

  /** {@return whom {@link #evict} takes of a program after the others} There is one. */
  private Resident oldestBut(Set<Resident> gone, ConversationKey program) {
    return residents.stream()
        .filter(resident -> resident.program.equals(program) && !gone.contains(resident))
        .findFirst()
        .orElseThrow();
  }

  /** Writes a copy down, so that memory can be had at once when it is needed. */
  void copyDown(ConversationKey program) {
    copyDown(program, one -> one.program.equals(program) && isWorthParking(one));
  }

  /**
   * @param which the oldest of these, if it is still there
   */
  private void copyDown(ConversationKey program, Predicate<Resident> which) {
    try (OnTheirWay.Trip trip = onTheirWay.begin(program)) {
      fork(which).ifPresent(copy -> park(copy, trip));
    }
  }

  private void park(Resident copy, OnTheirWay.Trip trip) {
    try (KvCache cache = copy.cache) {
      disk.ifPresent(parked -> parked.park(copy.program, copy.tokens, cache, trip::isForgotten));
    }
  }

  private synchronized Optional<Resident> fork(Predicate<Resident> which) {
    return residents.stream()
        .filter(which)
        .findFirst()
        .map(
            one ->
                new Resident(one.program, one.tokens, one.cache.fork(), one.usedNanos, one.floor));
  }

  /** Brings a program's cache back into memory, if there is room that nobody else uses. */
  void fetch(ConversationKey program) {
    OnTheirWay.Trip trip = onTheirWay.begin(program);
    try (trip) {
      Optional<ParkedCaches.Parked> there = disk.flatMap(parked -> parked.of(program));
      if (there.isEmpty() || isResident(program)) {
        return;
      }
      int tokens = there.get().tokens().length;
      if (pool.usedBytes() + shape.bytes(tokens, type) > pool.byteBudget()) {
        return;
      }
      disk.flatMap(parked -> parked.read(there.get(), pool))
          .ifPresent(cache -> land(trip, program, there.get().tokens(), cache));
    } catch (PoolExhaustedException e) {
      // Somebody was faster; it is read when it is asked for.
    }
  }

  synchronized boolean isResident(ConversationKey program) {
    return residents.stream().anyMatch(resident -> resident.program.equals(program));
  }

  /** Gives the memory of a program back, a copy on disk if it is worth one. */
  synchronized void close(ConversationKey program) {
    while (evict(program)) {}
  }

  /**
   * Forgets a program everywhere, what is on its way included.
   *
   * @return how many caches, in memory and on disk
   */
  synchronized int forget(ConversationKey program) {
    onTheirWay.forget(program);
    return forgetResidents(resident -> resident.program.equals(program))
        + disk.map(parked -> parked.forget(program)).orElse(0);
  }

  /**
   * Forgets all of a tenant, what is on its way included.
   *
   * @return how many caches, in memory and on disk
   */
  synchronized int forget(Tenant tenant) {
    onTheirWay.forget(tenant);
    return forgetResidents(resident -> resident.program.tenant().equals(tenant))
        + disk.map(parked -> parked.forget(tenant)).orElse(0);
  }

  private int forgetResidents(Predicate<Resident> which) {
    int before = residents.size();
    residents.removeIf(
        resident -> {
          boolean gone = which.test(resident);
          if (gone) {
            resident.cache.close();
          }
          return gone;
        });
    return before - residents.size();
  }

  /** Remembers how fast the model reads. */
  synchronized void readAt(int tokens, double seconds) {
    if (tokens > 0 && seconds > 0) {
      prefillSecondsPerToken = 0.8 * prefillSecondsPerToken + 0.2 * seconds / tokens;
    }
  }

  synchronized double prefillSeconds(int tokens) {
    return tokens * prefillSecondsPerToken;
  }

  OptionalDouble reloadSeconds(long bytes) {
    return disk.map(parked -> parked.reloadSeconds(bytes)).orElse(OptionalDouble.empty());
  }

  long diskBytes() {
    return disk.map(ParkedCaches::bytes).orElse(0L);
  }

  /**
   * Gives all memory back; what is worth it goes to disk, the last used last, so it stays there.
   */
  @Override
  public synchronized void close() {
    var failures = new Failures();
    while (!residents.isEmpty()) {
      failures.trying(() -> evict(residents.getFirst().program));
    }
    failures.throwFirst();
  }
}
