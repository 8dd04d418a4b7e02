package io.madeleine.memory.snapshot;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.identity.ConversationKey;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Small caches to save, and what they are of. */
final class Snapshots {

  static final KvShape SHAPE = new KvShape(2, 2, 16);

  private Snapshots() {}

  static KvCache filled(PagePool pool, KvType type, int tokens) {
    var cache = new KvCache(SHAPE, type, pool);
    var random = new Random(tokens);
    for (int layer = 0; layer < SHAPE.layers(); layer++) {
      for (int head = 0; head < SHAPE.kvHeads(); head++) {
        for (int t = 0; t < tokens; t++) {
          cache.append(layer, head, floats(random), floats(random), t);
        }
      }
    }
    return cache;
  }

  private static float[] floats(Random random) {
    float[] floats = new float[SHAPE.headDim()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = random.nextFloat() - 0.5f;
    }
    return floats;
  }

  static SnapshotHeader header(ConversationKey key, KvType type, int tokens) {
    List<Integer> ids = Stream.iterate(0, i -> i + 1).limit(tokens).toList();
    return new SnapshotHeader(key, "model", SHAPE, type, 7, 1, "hash:3", ids);
  }
}
