package io.madeleine.memory.store;

import io.madeleine.engine.kv.KvShape;
import io.madeleine.memory.identity.Tenant;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Seeded spans of a small shape. */
public final class Spans {

  public static final KvShape SHAPE = new KvShape(3, 2, 8);

  private Spans() {}

  public static KvOrigin origin(String tenant) {
    return new KvOrigin(new Tenant(tenant), "model-1", "rope-1", SHAPE);
  }

  public static KvSpan of(int tokens, long seed) {
    var random = new SplittableRandom(seed);
    var keys = new float[SHAPE.heads()][tokens * SHAPE.headDim()];
    var values = new float[SHAPE.heads()][tokens * SHAPE.headDim()];
    for (int head = 0; head < keys.length; head++) {
      for (int i = 0; i < keys[head].length; i++) {
        keys[head][i] = (float) random.nextGaussian();
        values[head][i] = (float) random.nextGaussian();
      }
    }
    return new KvSpan(SHAPE, IntStream.range(10, 10 + tokens).toArray(), keys, values);
  }
}
