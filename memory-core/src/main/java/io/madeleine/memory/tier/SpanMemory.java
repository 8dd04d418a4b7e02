package io.madeleine.memory.tier;

import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanId;
import java.util.Optional;

/**
 * What {@link SpanTiers} of many origins keep in memory, all together within one set of limits:
 * however many tenants there are, it takes no more, and one thread writes what is on its way to the
 * disk. Thread-safe.
 */
public final class SpanMemory implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(SpanMemory.class.getName());

  /** A span; tenants and models see their own only. */
  record Key(KvOrigin origin, SpanId id) {}

  private final TierLimits limits;
  private final ByteLru<Key, KvSpan> hot;
  private final ByteLru<Key, byte[]> warm;
  private final WriteBehind writes;

  /** Starts the thread that writes. */
  public SpanMemory(TierLimits limits) {
    this.limits = limits;
    this.hot = new ByteLru<>(limits.hotBytes(), KvSpan::bytes);
    this.warm = new ByteLru<>(limits.warmBytes(), bytes -> bytes.length);
    this.writes = new WriteBehind(limits.queuedBytes(), SpanMemory::report);
  }

  /** Takes a span in, as numbers and as bytes. */
  synchronized void put(Key key, KvSpan span, byte[] bytes) {
    warm.put(key, bytes);
    hot.put(key, span);
  }

  synchronized Optional<KvSpan> hot(Key key) {
    return hot.get(key);
  }

  synchronized Optional<byte[]> warm(Key key) {
    return warm.get(key);
  }

  /** {@return the nearest level that has it} Does not count as a use. */
  synchronized Optional<Tier> level(Key key) {
    if (hot.contains(key)) {
      return Optional.of(Tier.HOT);
    }
    return warm.contains(key) ? Optional.of(Tier.WARM) : Optional.empty();
  }

  synchronized void remove(Key key) {
    hot.remove(key);
    warm.remove(key);
  }

  synchronized void forget(Tenant tenant) {
    hot.removeIf(key -> key.origin().tenant().equals(tenant));
    warm.removeIf(key -> key.origin().tenant().equals(tenant));
  }

  /** Writes behind the caller's back; what the queue cannot hold at all, at once. */
  void write(long bytes, Runnable write) {
    if (bytes <= limits.queuedBytes()) {
      writes.add(bytes, write);
      return;
    }
    try {
      write.run();
    } catch (RuntimeException e) {
      report(e);
    }
  }

  /** Waits until all that was handed in by now has reached the disk. */
  void flush() {
    writes.flush();
  }

  /** {@return bytes of spans: hot, warm and waiting to be written} */
  public synchronized long bytes() {
    return hot.bytes() + warm.bytes() + writes.queuedBytes();
  }

  /** What was to be stored, or was stored, counts as missing: it can be rebuilt. */
  static void report(Throwable failure) {
    LOG.log(System.Logger.Level.WARNING, "not used: {0}", failure.toString());
  }

  /** Writes what is queued, and stops. Closing twice does nothing. */
  @Override
  public void close() {
    writes.close();
  }
}
