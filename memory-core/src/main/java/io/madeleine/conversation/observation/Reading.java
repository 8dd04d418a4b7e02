package io.madeleine.conversation.observation;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.engine.model.Transformer;
import java.util.Arrays;

/**
 * Tokens read behind a cache, part by part, with all their queries and the attention that every
 * slot got from them. The cache holds the tokens afterwards.
 */
final class Reading {

  /** Tokens of one part: a window of queries must fit into one pass of the engine. */
  private static final int PART = 128;

  private final KvShape shape;
  private final int tokens;
  private final int heads;
  private final float[][] queries;
  private final float[][] attention;

  private Reading(KvShape shape, int tokens, int heads, float[][] queries, float[][] attention) {
    this.shape = shape;
    this.tokens = tokens;
    this.heads = heads;
    this.queries = queries;
    this.attention = attention;
  }

  /**
   * Reads.
   *
   * @param ids at least one
   */
  static Reading of(Transformer model, KvCache cache, int[] ids) {
    KvShape shape = cache.shape();
    int heads = model.config().headCount();
    var queries = new float[shape.layers() * heads][ids.length * shape.headDim()];
    var attention = new float[shape.heads()][];
    for (int head = 0; head < attention.length; head++) {
      int before = cache.slots(head / shape.kvHeads(), head % shape.kvHeads());
      attention[head] = new float[before + ids.length];
    }
    var reading = new Reading(shape, ids.length, heads, queries, attention);
    for (int from = 0; from < ids.length; from += PART) {
      int to = Math.min(ids.length, from + PART);
      Observe observe = Observe.of(Signal.WINDOW_QUERIES, Signal.SUMMED_ATTENTION).over(to - from);
      reading.note(model.prefill(cache, Arrays.copyOfRange(ids, from, to), observe), from);
    }
    return reading;
  }

  private void note(Forward forward, int from) {
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (int head = 0; head < heads; head++) {
        float[] part = forward.windowQueries()[layer][head];
        System.arraycopy(
            part, 0, queries[layer * heads + head], from * shape.headDim(), part.length);
        float[] sums = forward.summedAttention()[layer][head];
        float[] all = attention[layer * shape.kvHeads() + head / group()];
        for (int slot = 0; slot < sums.length; slot++) {
          all[slot] += sums[slot] / group();
        }
      }
    }
  }

  int tokens() {
    return tokens;
  }

  /** {@return query heads that share one KV head} */
  int group() {
    return heads / shape.kvHeads();
  }

  /** {@return rotated queries of the group of one KV head, {@code [group][tokens × headDim]}} */
  float[][] queries(int layer, int kvHead) {
    int first = layer * heads + kvHead * group();
    return Arrays.copyOfRange(queries, first, first + group());
  }

  /** {@return attention that the last slots of one KV head received, {@code [tokens]}} */
  float[] attention(int layer, int kvHead) {
    float[] all = attention[layer * shape.kvHeads() + kvHead];
    return Arrays.copyOfRange(all, all.length - tokens, all.length);
  }
}
