package io.madeleine.conversation.observation;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.engine.model.Transformer;
import java.util.SplittableRandom;

/**
 * How much each KV head looks things up: random tokens are read twice, and what counts is the
 * attention of the second reading to the same token (echo) and to the one after it (induction) in
 * the first. Of the query heads that share a KV head the highest counts. Immutable.
 *
 * <p>Source: Tang et al., <a href="https://arxiv.org/abs/2407.15891">RazorAttention</a>, 2024.
 * Deviation: they choose the top 1 % of echo and 14 % of induction heads; here the two are added up
 * and the policy says how many heads count.
 */
public final class RetrievalProfile {

  private static final int TOKENS = 48;
  private static final long SEED = 7;

  private final int kvHeads;
  private final double[] scores;

  private RetrievalProfile(int kvHeads, double[] scores) {
    this.kvHeads = kvHeads;
    this.scores = scores;
  }

  /** {@return the profile of a model; reads 96 tokens} */
  public static RetrievalProfile of(Transformer model) {
    KvShape shape = model.kvShape();
    int vocabulary = model.vocabularySize();
    int[] once = new SplittableRandom(SEED).ints(TOKENS, 0, vocabulary).toArray();
    var scores = new double[shape.heads()];
    try (var pool = new PagePool(shape.bytes(4 * TOKENS, KvType.F32));
        var cache = new KvCache(shape, KvType.F32, pool)) {
      model.prefill(cache, once, Observe.nothing());
      float[][][][] attention =
          model
              .prefill(cache, once, Observe.of(Signal.WINDOW_ATTENTION).over(TOKENS))
              .windowAttention();
      for (int layer = 0; layer < shape.layers(); layer++) {
        int group = attention[layer].length / shape.kvHeads();
        for (int head = 0; head < attention[layer].length; head++) {
          int kvHead = layer * shape.kvHeads() + head / group;
          scores[kvHead] = Math.max(scores[kvHead], lookedUp(attention[layer][head]));
        }
      }
    }
    return new RetrievalProfile(shape.kvHeads(), scores);
  }

  /**
   * The mean share of attention that goes to the first reading of the token and of its successor.
   */
  private static double lookedUp(float[][] rows) {
    double sum = 0;
    for (int token = 0; token < rows.length; token++) {
      sum += rows[token][token] + rows[token][token + 1];
    }
    return sum / rows.length;
  }

  /** {@return from 0 to 1; more looks more things up} */
  public double of(int layer, int kvHead) {
    return scores[layer * kvHeads + kvHead];
  }
}
