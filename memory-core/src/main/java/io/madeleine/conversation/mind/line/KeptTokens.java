package io.madeleine.conversation.mind.line;

import io.madeleine.engine.kv.KvShape;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.store.KvSpan;

/** What is left of an episode: which heads hold which of its tokens. Immutable. */
public final class KeptTokens {

  private final KvShape shape;
  private final int[] holders;
  private final int[] tokens;
  private final long bytes;

  private KeptTokens(KvShape shape, int[] holders, int[] tokens, long bytes) {
    this.shape = shape;
    this.holders = holders;
    this.tokens = tokens;
    this.bytes = bytes;
  }

  public static KeptTokens of(Episode episode, KvSpan span) {
    var holders = new int[episode.span().length()];
    var tokens = new int[span.shape().heads()];
    for (int head = 0; head < tokens.length; head++) {
      int[] held = span.tokensOf(head);
      tokens[head] = held.length;
      for (int token : held) {
        holders[span.position(token) - episode.span().start()]++;
      }
    }
    return new KeptTokens(span.shape(), holders, tokens, span.bytes());
  }

  /** {@return layers of the model} */
  public int layers() {
    return shape.layers();
  }

  /** {@return KV heads of a layer} */
  public int kvHeads() {
    return shape.kvHeads();
  }

  /** {@return tokens of the episode that this head holds} */
  public int tokens(int layer, int kvHead) {
    return tokens[layer * shape.kvHeads() + kvHead];
  }

  /** {@return heads of all layers that hold token {@code index} of the episode, from 0} */
  public int holders(int index) {
    return holders[index];
  }

  /** {@return tokens of the episode, kept or not} */
  public int length() {
    return holders.length;
  }

  /** {@return bytes that it takes as numbers in memory} */
  public long bytes() {
    return bytes;
  }
}
