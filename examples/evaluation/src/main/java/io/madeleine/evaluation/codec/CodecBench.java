package io.madeleine.evaluation.codec;

import com.github.luben.zstd.Zstd;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.turn.Stopwatch;
import io.madeleine.evaluation.turn.Stopwatch.Taken;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.SpanFormat.Packing;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.store.TenantKeys;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One dialogue, prefilled once; its keys and values written down and read back by every codec. The
 * files are warm: what a cold disk adds is the disk's, and grows with the bytes.
 */
final class CodecBench implements AutoCloseable {

  private static final int WARM_UP = 4;
  private static final Tenant TENANT = new Tenant("bench");

  private final Transformer model;
  private final int[] tokens;
  private final int rounds;
  private final PagePool pool;
  private final KvCache full;
  private final KvOrigin origin;
  private final DiskSpans disk;
  private final List<Rotary> rotaries;
  private final Taken prefill;

  /**
   * @param tokens the dialogue
   * @param rounds of each measurement, behind four times as many to warm up
   */
  CodecBench(Transformer model, int[] tokens, int rounds, Path directory) {
    this.model = model;
    this.tokens = tokens;
    this.rounds = rounds;
    KvShape shape = model.kvShape();
    pool = new PagePool(Math.max(64L << 20, 8L * bytesInF32(shape, tokens.length)));
    full = new KvCache(shape, KvType.F32, pool);
    origin = new KvOrigin(TENANT, "bench", "bench", shape);
    disk =
        new DiskSpans(
            directory.resolve("spans"),
            new TenantKeys(directory.resolve("keys"), new SecureRandom()),
            64L << 30);
    rotaries = IntStream.range(0, shape.layers()).mapToObj(model::rotary).toList();
    prefill = measured(this::prefillAgain);
    model.prefill(full, tokens, Observe.nothing());
  }

  private void prefillAgain() {
    try (KvCache again = new KvCache(model.kvShape(), KvType.F32, pool)) {
      model.prefill(again, tokens, Observe.nothing());
    }
  }

  /** {@return what a prefill of the dialogue takes} */
  Taken prefill() {
    return prefill;
  }

  CodecRow measure(KvCodec codec) {
    var format = new SpanFormat(origin, codec, Packing.NONE);
    SpanId id = SpanId.root(origin);
    KvSpan span = KvSpan.last(full, tokens.length, rotaries);
    byte[] written = format.write(id, span);
    int size = written.length;
    int deflated = new SpanFormat(origin, codec, Packing.DEFLATE).write(id, span).length;
    int f16 = new SpanFormat(origin, new KvCodec.Float16(), Packing.NONE).write(id, span).length;
    Taken write = measured(() -> disk.put(TENANT, id, format.write(id, span)));
    Taken restore = measured(() -> restore(format, id));
    double megabytes = bytesInF32(origin.shape(), tokens.length) / 1e6;
    return new CodecRow(
        codec.name(),
        tokens.length,
        (double) size / tokens.length,
        (double) size / f16,
        (double) deflated / tokens.length,
        (double) zstd(written, headerBytes(id, span)) / tokens.length,
        write.cpuMs(),
        restore.cpuMs(),
        restore.wallMs(),
        1000 * megabytes / restore.cpuMs(),
        restore.cpuMs() / prefill.cpuMs());
  }

  /** What stands before and behind the numbers in a file; deflate does not touch it either. */
  private int headerBytes(SpanId id, KvSpan span) {
    var exact = new SpanFormat(origin, new KvCodec.Float32(), Packing.NONE);
    return exact.write(id, span).length - (int) bytesInF32(origin.shape(), tokens.length);
  }

  private static int zstd(byte[] written, int headerBytes) {
    byte[] numbers = Arrays.copyOfRange(written, headerBytes, written.length);
    return headerBytes + Zstd.compress(numbers, Zstd.defaultCompressionLevel()).length;
  }

  private void restore(SpanFormat format, SpanId id) {
    byte[] bytes =
        disk.get(TENANT, id)
            .orElseThrow(() -> new IllegalStateException("the span was put: should not happen"));
    try (KvCache cache = new KvCache(origin.shape(), KvType.F32, pool)) {
      int[] positions = IntStream.range(0, tokens.length).toArray();
      format.read(id, bytes).placeInto(cache, positions, rotaries);
    }
  }

  private Taken measured(Runnable work) {
    Stopwatch.median(WARM_UP * rounds, work);
    return Stopwatch.median(rounds, work);
  }

  /** {@return bytes of a token's keys and values in pages of a type, the last page as full} */
  double bytesInMemory(KvType type) {
    try (KvCache cache = new KvCache(origin.shape(), type, pool)) {
      model.prefill(cache, tokens, Observe.nothing());
      return (double) cache.bytes() / tokens.length;
    }
  }

  private static long bytesInF32(KvShape shape, int tokens) {
    return 2L * 4 * shape.heads() * shape.headDim() * tokens;
  }

  @Override
  public void close() {
    full.close();
    pool.close();
  }
}
