package io.madeleine.evaluation.lab.policy;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanFormat;
import io.madeleine.memory.store.SpanId;
import java.util.List;
import java.util.stream.IntStream;

/** Keeps everything, written down with a codec and read back: what its rounding costs. */
final class CodecPolicy implements LabPolicy {

  private final KvCodec codec;

  CodecPolicy(KvCodec codec) {
    this.codec = codec;
  }

  @Override
  public String name() {
    return codec.name();
  }

  @Override
  public Scope scope() {
    return Scope.DIALOGUE;
  }

  @Override
  public boolean keepsAll() {
    return true;
  }

  @Override
  public KvCache prepare(LabCase lab) {
    KvShape shape = lab.full().shape();
    List<Rotary> rotaries =
        IntStream.range(0, shape.layers()).mapToObj(lab.model()::rotary).toList();
    int tokens = lab.reading().tokens().length;
    var origin = new KvOrigin(new Tenant("laboratory"), "pocket", "pocket", shape);
    var format = new SpanFormat(origin, codec, SpanFormat.Packing.NONE);
    SpanId id = SpanId.root(origin);
    KvSpan span = KvSpan.last(lab.full(), tokens, rotaries);
    KvSpan back = format.read(id, format.write(id, span));
    KvCache cache = lab.full().fork();
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (int head = 0; head < shape.kvHeads(); head++) {
        cache.keep(layer, head, new int[0]);
      }
    }
    back.placeInto(cache, IntStream.range(0, tokens).toArray(), rotaries);
    return cache;
  }
}
