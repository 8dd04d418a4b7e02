// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.lab.reader.Reading;
import java.util.List;

/**
 * What a policy may look at.
 *
 * @param model the model
 * @param full the cache of the whole dialogue; to be forked, not changed
 * @param reading the dialogue as the model read it
 * @param questions the question that will be asked; empty for a policy of scope DIALOGUE
 * @param keptTokens how many slots each head may keep
 * @param seed for policies that draw
 */
public record LabCase(
    Transformer model,
    KvCache full,
    Reading reading,
    List<Reading.Asked> questions,
    int keptTokens,
    long seed) {

  public LabCase {
    questions = List.copyOf(questions);
    if (keptTokens < 1 || keptTokens > reading.tokens().length) {
      throw new IllegalArgumentException(
          "a policy keeps 1..%d tokens, but was asked for %d"
              .formatted(reading.tokens().length, keptTokens));
    }
  }

  /** {@return the share of the tokens that is kept} */
  public double kept() {
    return (double) keptTokens / reading.tokens().length;
  }

  /** {@return a fork of the full cache that keeps these tokens in every layer and head} */
  public KvCache keeping(int[] ascendingTokens) {
    KvCache cache = full.fork();
    for (int layer = 0; layer < cache.shape().layers(); layer++) {
      for (int head = 0; head < cache.shape().kvHeads(); head++) {
        cache.keep(layer, head, ascendingTokens);
      }
    }
    return cache;
  }
}
