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
 * <p>Any thread may use it. It holds nothing itself, so that there may be one for each tenant over
 * the same memory and the same disk.
 */
public final class SpanTiers implements AutoCloseable {

  private final SpanFormat format;
  private final DiskSpans disk;
  private final SpanMemory memory;

  /** Keeps spans that {@code format} writes, in memory up to {@code limits} and in {@code disk}. */
  public SpanTiers(SpanFormat format, DiskSpans disk, TierLimits limits) {
    this(format, disk, new SpanMemory(limits));
  }

  /**
   * Keeps spans that {@code format} writes, in {@code memory} beside others' and in {@code disk}.
   */
  public SpanTiers(SpanFormat format, DiskSpans disk, SpanMemory memory) {
    this.format = format;
    this.disk = disk;
    this.memory = memory;
  }

  /** {@return the id of no past at all, for the origin that is stored here} */
  public SpanId root() {
    return SpanId.root(format.origin());
  }

  /** Takes a span in. If the disk refuses it, that is reported, and it stays in memory only. */
  public void put(SpanId id, KvSpan span) {
    byte[] bytes = format.write(id, span);
    Tenant tenant = format.origin().tenant();
    memory.write(bytes.length, () -> disk.put(tenant, id, bytes));
    memory.put(key(id), span, bytes);
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
    return memory
        .level(key(id))
        .orElseGet(() -> disk.has(format.origin().tenant(), id) ? Tier.COLD : Tier.REBUILT);
  }

  /** Drops a span everywhere. */
  public void remove(SpanId id) {
    memory.remove(key(id));
    flush();
    disk.remove(format.origin().tenant(), id);
  }

  /** Drops everything of the tenant, its key first. */
  public void forget() {
    memory.forget(format.origin().tenant());
    flush();
    disk.forget(format.origin().tenant());
  }

  /** Waits until all writes have reached the disk. */
  public void flush() {
    memory.flush();
  }

  /** {@return bytes in memory: hot, warm and waiting to be written; of all that share it} */
  public long memoryBytes() {
    return memory.bytes();
  }

  /** {@return bytes on disk, of all tenants that share it} */
  public long diskBytes() {
    return disk.bytes();
  }

  private Optional<FoundSpan> fromMemory(SpanId id) {
    return memory
        .hot(key(id))
        .map(span -> new FoundSpan(span, Tier.HOT, 0))
        .or(() -> memory.warm(key(id)).flatMap(bytes -> decoded(id, bytes, Tier.WARM)));
  }

  private Optional<FoundSpan> fromDisk(SpanId id) {
    try {
      return disk.get(format.origin().tenant(), id).flatMap(bytes -> decoded(id, bytes, Tier.COLD));
    } catch (StoreException e) {
      SpanMemory.report(e);
      return Optional.empty();
    }
  }

  /** Moves a span up, unless it is damaged or somebody else's. */
  private Optional<FoundSpan> decoded(SpanId id, byte[] bytes, Tier from) {
    try {
      KvSpan span = format.read(id, bytes);
      memory.put(key(id), span, bytes);
      return Optional.of(new FoundSpan(span, from, bytes.length));
    } catch (StoreException e) {
      SpanMemory.report(e);
      return Optional.empty();
    }
  }

  private SpanMemory.Key key(SpanId id) {
    return new SpanMemory.Key(format.origin(), id);
  }

  /** Writes what is queued, and closes the memory, for all that share it. Twice does nothing. */
  @Override
  public void close() {
    memory.close();
  }
}
