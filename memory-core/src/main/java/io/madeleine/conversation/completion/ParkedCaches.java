package io.madeleine.conversation.completion;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.store.SteadyChannels;
import io.madeleine.memory.store.StoreException;
import io.madeleine.memory.store.TenantKeys;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Caches on disk, encrypted, within a budget of bytes. A note beside each tells whose it is and
 * what it holds, so a restart finds them again, tenant by tenant as they ask; what another model,
 * another type of numbers or a damaged file left is deleted. A disk that fails is reported and not
 * asked again. A cache larger than the budget or {@link #LARGEST} is not parked. Thread-safe.
 */
final class ParkedCaches {

  private static final System.Logger LOG = System.getLogger(ParkedCaches.class.getName());

  private static final int MOST = 4096;

  /**
   * Bytes of a cache, 1 GiB. While it is sealed the heap holds it four times, each as one array.
   */
  static final long LARGEST = 1L << 30;

  /** What encryption adds, rounded up. */
  private static final int SEAL_BYTES = 64;

  /** Until it was measured. */
  private static final double USUAL_BYTES_PER_SECOND = 200e6;

  /** A cache on disk. */
  @SuppressWarnings("ArrayRecordComponent") // stays in this package, never changed
  record Parked(ConversationKey program, int[] tokens, SpanId id) {
    int commonWith(Tenant tenant, int[] other) {
      if (!program.tenant().equals(tenant)) {
        return 0;
      }
      int difference = Arrays.mismatch(tokens, other);
      return difference < 0 ? tokens.length : difference;
    }
  }

  private final Function<Tenant, KvOrigin> origins;
  private final KvType type;
  private final DiskSpans disk;
  private final DiskSpans notes;
  private final long largest;
  private final Map<SpanId, Parked> parked = new LinkedHashMap<>(16, 0.75f, true);

  /** What lay there of each tenant that asked, and could not be read yet. */
  private final Map<Tenant, Set<SpanId>> unread = new HashMap<>();

  private double bytesPerSecond = USUAL_BYTES_PER_SECOND;
  private boolean broken;
  private boolean toldTooLarge;

  /**
   * @param directory owned by this object
   * @param byteBudget the most on disk, notes aside
   * @param type how keys and values are stored; caches of another type are deleted
   * @param oldest what was parked before that is deleted now
   * @param origins what caches of a tenant were made by
   */
  ParkedCaches(
      Path directory,
      long byteBudget,
      KvType type,
      Instant oldest,
      Function<Tenant, KvOrigin> origins) {
    this.origins = origins;
    this.type = type;
    this.largest = Math.min(byteBudget - SEAL_BYTES, LARGEST);
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    this.disk = new DiskSpans(directory.resolve("spans"), keys, byteBudget);
    this.notes = new DiskSpans(directory.resolve("notes"), keys, byteBudget);
    disk.forgetBefore(oldest);
    notes.forgetBefore(oldest);
  }

  /**
   * Writes a cache down, unless it is too large. {@return whether it is there} The cache stays the
   * caller's.
   *
   * @param forgotten whether it was forgotten while it was written, and must not stay
   */
  boolean park(ConversationKey program, int[] tokens, KvCache cache, BooleanSupplier forgotten) {
    SpanId id = id(program.tenant(), tokens);
    synchronized (this) {
      if (isTooLarge(cache.bytes())) {
        return false;
      }
      knowOnce(program.tenant());
      if (broken || disk.has(program.tenant(), id)) {
        return !broken;
      }
    }
    try {
      byte[] bytes = bytes(cache);
      if (isTooLarge(bytes.length)) { // positions and sums come on top of the numbers
        return false;
      }
      disk.put(program.tenant(), id, bytes);
      // The cache first: a note without one would promise what is not there.
      notes.put(program.tenant(), id, new ParkedNote(program, cache.type(), tokens).write());
    } catch (IOException | StoreException e) {
      fails(e);
      return false;
    } catch (OutOfMemoryError e) {
      disk.remove(program.tenant(), id); // its note may be what did not fit
      LOG.log(
          System.Logger.Level.WARNING,
          "a cache of {0} bytes is not parked, for the heap does not hold it four times: {1}",
          cache.bytes(),
          e.getMessage());
      return false;
    }
    synchronized (this) {
      // Who forgets marks first and drops then: it is seen here, or what is put here is dropped.
      if (forgotten.getAsBoolean()) {
        drop(new Parked(program, tokens, id));
        return false;
      }
      dropPastOf(program, tokens);
      parked.put(id, new Parked(program, tokens, id));
      List.copyOf(parked.values()).stream()
          .filter(one -> !disk.has(one.program().tenant(), one.id()))
          .forEach(this::drop);
      if (parked.size() > MOST) {
        drop(parked.values().iterator().next());
      }
    }
    return true;
  }

  private static byte[] bytes(KvCache cache) throws IOException {
    long room = cache.bytes() + cache.bytes() / 8; // fits an array: see LARGEST
    var bytes = new ByteArrayOutputStream((int) room);
    cache.writeTo(SteadyChannels.of(bytes));
    return bytes.toByteArray();
  }

  /** On a disk that is too small for one cache, all others would make room for nothing. */
  private boolean isTooLarge(long bytes) {
    if (bytes <= largest) {
      return false;
    }
    if (!toldTooLarge) {
      toldTooLarge = true;
      LOG.log(
          System.Logger.Level.WARNING,
          "a cache of {0} bytes stays in memory only, like each above {1}; more disk for caches"
              + " lifts that, up to {2} bytes each",
          bytes,
          largest,
          LARGEST);
    }
    return true;
  }

  /** Enough where it is asked often, and may not know of what could not be read yet. */
  private void knowOnce(Tenant tenant) {
    if (!unread.containsKey(tenant)) {
      know(tenant);
    }
  }

  private void know(Tenant tenant) {
    look(tenant)
        .ifPresent(
            e ->
                LOG.log(
                    System.Logger.Level.WARNING,
                    "what is parked stays for the next time: {0}",
                    e.getMessage()));
  }

  /**
   * Finds what lay there of a tenant before this process began, and was not read yet. {@return why
   * some of it cannot be read at the moment}
   */
  private synchronized Optional<StoreException> look(Tenant tenant) {
    Optional<StoreException> why = Optional.empty();
    for (SpanId id : List.copyOf(unread(tenant))) {
      try {
        look(tenant, id);
        unread(tenant).remove(id);
      } catch (StoreException e) {
        why = Optional.of(e);
      }
    }
    return why;
  }

  /** At first that is all that has a note. What has none is deleted: a crash came between both. */
  private Set<SpanId> unread(Tenant tenant) {
    Set<SpanId> left = unread.get(tenant);
    if (left != null) {
      return left;
    }
    var noted = new HashSet<SpanId>(notes.ids(tenant));
    unread.put(tenant, noted);
    disk.ids(tenant).stream()
        .filter(id -> !noted.contains(id))
        .forEach(id -> disk.remove(tenant, id));
    return noted;
  }

  private void look(Tenant tenant, SpanId id) {
    Optional<Parked> found = disk.has(tenant, id) ? found(tenant, id) : Optional.empty();
    found.ifPresentOrElse(
        one -> parked.put(id, one),
        () -> {
          disk.remove(tenant, id);
          notes.remove(tenant, id);
        });
  }

  /** {@return what a note says, if it is whole and of this very model} */
  private Optional<Parked> found(Tenant tenant, SpanId id) {
    // The name of a file is a hash of the model, of its rotation and shape, and of the tokens.
    return note(notes, tenant, id)
        .filter(note -> note.type() == type && id(tenant, note.tokens()).equals(id))
        .map(note -> new Parked(note.program(), note.tokens(), id));
  }

  /** What is a prefix of what is parked now, and of the same program, is of no more use. */
  private void dropPastOf(ConversationKey program, int[] tokens) {
    List.copyOf(parked.values()).stream()
        .filter(one -> one.program().equals(program))
        .filter(one -> one.commonWith(program.tenant(), tokens) == one.tokens().length)
        .forEach(this::drop);
  }

  /** {@return the cache that has the most in common with {@code tokens}} */
  synchronized Optional<Parked> longest(Tenant tenant, int[] tokens) {
    know(tenant);
    return parked.values().stream()
        .filter(one -> one.commonWith(tenant, tokens) > 0)
        .max(Comparator.comparingInt(one -> one.commonWith(tenant, tokens)));
  }

  /** {@return the longest cache of a program} */
  synchronized Optional<Parked> of(ConversationKey program) {
    know(program.tenant());
    return parked.values().stream()
        .filter(one -> one.program().equals(program))
        .max(Comparator.comparingInt(one -> one.tokens().length));
  }

  synchronized boolean has(ConversationKey program, int[] tokens) {
    knowOnce(program.tenant());
    return parked.containsKey(id(program.tenant(), tokens));
  }

  /**
   * {@return the cache, in memory; empty if it cannot be read} A damaged one is deleted; where it
   * is the disk that fails, it stays for the next time.
   *
   * @throws io.madeleine.engine.kv.PoolExhaustedException if it does not fit
   */
  Optional<KvCache> read(Parked one, PagePool pool) {
    long began = System.nanoTime();
    try {
      Optional<byte[]> bytes = disk.get(one.program().tenant(), one.id());
      if (bytes.isEmpty()) {
        drop(one);
        return Optional.empty();
      }
      var in = SteadyChannels.of(new ByteArrayInputStream(bytes.get()));
      KvCache cache = KvCache.readFrom(in, pool);
      measured(bytes.get().length, System.nanoTime() - began);
      return Optional.of(cache);
    } catch (IOException | StoreException e) {
      LOG.log(System.Logger.Level.WARNING, "a parked cache is not used: {0}", e.getMessage());
      if (!(e instanceof StoreException failed && failed.isPassing())) {
        drop(one);
      }
      return Optional.empty();
    }
  }

  /** {@return seconds to have so many bytes back; empty if the disk does not work or take them} */
  synchronized OptionalDouble reloadSeconds(long bytes) {
    return broken || bytes > largest
        ? OptionalDouble.empty()
        : OptionalDouble.of(bytes / bytesPerSecond);
  }

  /**
   * Forgets all of a program; {@return how many caches that were}
   *
   * @throws StoreException if it cannot be told of all at the moment whose they are: those stay
   */
  synchronized int forget(ConversationKey program) {
    Optional<StoreException> unreadable = look(program.tenant());
    List<Parked> gone =
        parked.values().stream().filter(one -> one.program().equals(program)).toList();
    gone.forEach(this::drop);
    if (unreadable.isPresent()) {
      throw unreadable.get();
    }
    return gone.size();
  }

  /** Forgets all of a tenant, its key first; {@return how many caches that were} */
  synchronized int forget(Tenant tenant) {
    int gone = disk.ids(tenant).size();
    parked.values().removeIf(one -> one.program().tenant().equals(tenant));
    unread.computeIfPresent(tenant, (_, _) -> new HashSet<>());
    disk.forget(tenant);
    notes.forget(tenant);
    return gone;
  }

  /**
   * Deletes what lies there of a program while nobody has it open, and what no note tells whose it
   * is.
   *
   * @throws StoreException if a note cannot be read at the moment: what it tells of stays
   */
  static void delete(Path directory, ConversationKey program) {
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    var disk = new DiskSpans(directory.resolve("spans"), keys, Long.MAX_VALUE);
    var notes = new DiskSpans(directory.resolve("notes"), keys, Long.MAX_VALUE);
    Tenant tenant = program.tenant();
    Set<SpanId> all = new HashSet<>(disk.ids(tenant));
    all.addAll(notes.ids(tenant));
    var failures = new Failures();
    for (SpanId id : all) {
      failures.trying(
          () -> {
            if (note(notes, tenant, id).filter(note -> !note.program().equals(program)).isEmpty()) {
              notes.remove(tenant, id);
              disk.remove(tenant, id);
            }
          });
    }
    failures.throwFirst();
  }

  /**
   * {@return a note; empty where there is none, or it is damaged}
   *
   * @throws StoreException if it cannot be read at the moment
   */
  private static Optional<ParkedNote> note(DiskSpans notes, Tenant tenant, SpanId id) {
    try {
      return notes.get(tenant, id).map(bytes -> ParkedNote.read(tenant, id, bytes));
    } catch (StoreException e) {
      if (e.isPassing()) {
        throw e;
      }
      LOG.log(System.Logger.Level.WARNING, "a parked cache is deleted: {0}", e.getMessage());
      return Optional.empty();
    }
  }

  long bytes() {
    return disk.bytes() + notes.bytes();
  }

  private synchronized void drop(Parked one) {
    parked.remove(one.id());
    notes.remove(one.program().tenant(), one.id());
    disk.remove(one.program().tenant(), one.id());
  }

  private synchronized void measured(int bytes, long nanos) {
    double now = bytes / Math.max(1e-6, nanos / 1e9);
    bytesPerSecond = 0.8 * bytesPerSecond + 0.2 * now;
  }

  private synchronized void fails(Exception e) {
    broken = true;
    LOG.log(
        System.Logger.Level.WARNING,
        "caches are kept in memory only from now on, for the disk failed: {0}",
        e.getMessage());
  }

  private SpanId id(Tenant tenant, int[] tokens) {
    return SpanId.root(origins.apply(tenant)).then(tokens);
  }
}
