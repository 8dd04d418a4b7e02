package io.madeleine.conversation.episodic;

import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.Transformer;

/** What of a pool a working cache may take, and what is left beside it for an episode. */
final class Shares {

  private Shares() {}

  /** {@return the model's positions, or as many as three quarters of the pool hold} */
  static int working(Transformer model, KvType type, PagePool pool) {
    return Math.min(model.config().contextLength(), tokens(pool.byteBudget() / 4 * 3, model, type));
  }

  /** {@return the bytes of a pool of which three quarters hold so many positions} */
  static long poolFor(Transformer model, KvType type, int positions) {
    return Math.ceilDiv(model.kvShape().bytes(positions, type), 3) * 4;
  }

  /**
   * {@return tokens that the last quarter of the pool holds} Two pages of each head are not for
   * them: the prefix's last, which it keeps when the working cache goes on in a copy, and another
   * copy, to read the episode behind.
   */
  static int beside(Transformer model, KvType type, PagePool pool) {
    return Math.max(0, tokens(pool.byteBudget() / 4, model, type) - 2 * KvType.PAGE_TOKENS);
  }

  private static int tokens(long bytes, Transformer model, KvType type) {
    return model.kvShape().tokens(bytes, type);
  }
}
