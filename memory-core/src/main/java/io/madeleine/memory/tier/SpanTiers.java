package io.madeleine.memory.tier;

import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.store.StoreException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Spans of one origin, kept as near as their budgets allow. A new span is hot and on its way to the
 * disk; it cools down as others are used. A span that is damaged or refused counts as missing and
 * is rebuilt, never used.
 *
 * <p>Any thread may use it.
 */
public final class SpanTiers implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(SpanTiers.class.getName());

  private final SpanFormat format;
  private final DiskSpans disk;
  private final ByteLru<SpanId, KvSpan> hot;
  private final ByteLru<SpanId, byte[]> warm;
  private final WriteBehind writes;
  private final long queueLimit;

  /** Keeps spans that {@code format} writes, in memory up to {@code limits} and in {@code disk}. */
  public SpanTiers(SpanFormat format, DiskSpans disk, TierLimits limits) {
    this.format = format;
    this.disk = disk;
    this.hot = new ByteLru<>(limits.hotBytes(), KvSpan::bytes);
    this.warm = new ByteLru<>(limits.warmBytes(), bytes -> bytes.length);
    this.queueLimit = limits.queuedBytes();
    this.writes = new WriteBehind(queueLimit, SpanTiers::report);
  }

  /** {@return the id of no past at all, for the origin that is stored here} */
  public SpanId root() {
    return SpanId.root(format.origin());
  }

  /** Takes a span in. If the disk refuses it, that is reported, and it stays in memory only. */
  public void put(SpanId id, KvSpan span) {
    byte[] bytes = format.write(id, span);
    Tenant tenant = format.origin().tenant();
    if (bytes.length > queueLimit) {
      write(tenant, id, bytes);
    } else {
      writes.add(bytes.length, () -> disk.put(tenant, id, bytes));
    }
    synchronized (this) {
      warm.put(id, bytes);
      hot.put(id, span);
    }
  }

  private void write(Tenant tenant, SpanId id, byte[] bytes) {
    try {
      disk.put(tenant, id, bytes);
    } catch (StoreException e) {
      report(e);
    }
  }

  /**
   * {@return the span and where it was}
   *
   * @param rebuild reads it again from the log; called when no level has it whole
   */
  public FoundSpan get(SpanId id, Supplier<KvSpan> rebuild) {
    Optional<FoundSpan> near = fromMemory(id).or(() -> fromDisk(id));
    if (near.isPresent()) {
      return near.get();
    }
    KvSpan span = rebuild.get();
    put(id, span);
    return new FoundSpan(span, Tier.REBUILT, 0);
  }

  /** {@return where a span is right now, without moving it; REBUILT if no level has it} */
  public Tier peek(SpanId id) {
    synchronized (this) {
      if (hot.contains(id)) {
        return Tier.HOT;
      }
      if (warm.contains(id)) {
        return Tier.WARM;
      }
    }
    return disk.has(format.origin().tenant(), id) ? Tier.COLD : Tier.REBUILT;
  }

  /** Drops a span everywhere. */
  public void remove(SpanId id) {
    synchronized (this) {
      hot.remove(id);
      warm.remove(id);
    }
    flush();
    disk.remove(format.origin().tenant(), id);
  }

  /** Drops everything of the tenant, its key first. */
  public void forget() {
    synchronized (this) {
      hot.clear();
      warm.clear();
    }
    flush();
    disk.forget(format.origin().tenant());
  }

  /** Waits until all writes have reached the disk. */
  public void flush() {
    writes.flush();
  }

  /** {@return bytes in memory: hot, warm and waiting to be written} */
  public synchronized long memoryBytes() {
    return hot.bytes() + warm.bytes() + writes.queuedBytes();
  }

  /** {@return bytes on disk, of all tenants that share it} */
  public long diskBytes() {
    return disk.bytes();
  }

  private synchronized Optional<FoundSpan> fromMemory(SpanId id) {
    Optional<KvSpan> asNumbers = hot.get(id);
    if (asNumbers.isPresent()) {
      return Optional.of(new FoundSpan(asNumbers.get(), Tier.HOT, 0));
    }
    return warm.get(id)
        .flatMap(bytes -> decoded(id, bytes).map(span -> found(id, span, Tier.WARM, bytes)));
  }

  private Optional<FoundSpan> fromDisk(SpanId id) {
    Optional<byte[]> bytes;
    try {
      bytes = disk.get(format.origin().tenant(), id);
    } catch (StoreException e) {
      report(e);
      return Optional.empty();
    }
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    Optional<KvSpan> span = decoded(id, bytes.get());
    synchronized (this) {
      span.ifPresent(whole -> warm.put(id, bytes.get()));
      return span.map(whole -> found(id, whole, Tier.COLD, bytes.get()));
    }
  }

  private Optional<KvSpan> decoded(SpanId id, byte[] bytes) {
    try {
      return Optional.of(format.read(id, bytes));
    } catch (StoreException e) {
      report(e);
      return Optional.empty();
    }
  }

  private FoundSpan found(SpanId id, KvSpan span, Tier from, byte[] bytes) {
    hot.put(id, span);
    return new FoundSpan(span, from, bytes.length);
  }

  private static void report(Throwable failure) {
    LOG.log(System.Logger.Level.WARNING, "not used: {0}", failure.toString());
  }

  /** Writes what is queued, and stops. Closing twice does nothing. */
  @Override
  public void close() {
    writes.close();
  }
}
