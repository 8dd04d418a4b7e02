package io.madeleine.conversation.episodic;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.store.KvSpan;
import java.util.List;

/**
 * Reads episodes again whose keys and values are nowhere any more, each behind some of the tokens
 * that stood before it.
 */
final class LostEpisodes {

  private final Transformer model;
  private final List<Rotary> rotaries;
  private final KvCache prefix;
  private final int prefixTokens;
  private final TokenStream stream;
  private final int before;
  private final int most;
  private final Givers givers;

  /**
   * @param before tokens that are read in front of an episode, at most
   * @param most tokens that are read for one episode: what the memory beside a working cache holds.
   *     A longer episode is read with nothing in front
   */
  LostEpisodes(
      Transformer model,
      List<Rotary> rotaries,
      KvCache prefix,
      int prefixTokens,
      TokenStream stream,
      int before,
      int most,
      Givers givers) {
    this.model = model;
    this.rotaries = rotaries;
    this.prefix = prefix;
    this.prefixTokens = prefixTokens;
    this.stream = stream;
    this.before = before;
    this.most = most;
    this.givers = givers;
  }

  /** {@return how many tokens are read to have an episode again} */
  int tokens(Episode episode) {
    return episode.span().end() - from(episode);
  }

  private int from(Episode episode) {
    int infront = Math.clamp(most - episode.span().length(), 0, before);
    return Math.max(prefixTokens, episode.span().start() - infront);
  }

  /**
   * {@return the whole episode, its first token at 0}
   *
   * @param reading runs once there is memory for it, and may end it by what it throws
   */
  KvSpan read(Episode episode, Runnable reading) {
    int[] tokens = stream.tokens(from(episode), episode.span().end());
    try (KvCache cache = prefix.fork()) {
      givers.reserve(cache, tokens.length);
      reading.run();
      model.prefill(cache, tokens, Observe.nothing());
      return KvSpan.last(cache, episode.span().length(), rotaries).at(0);
    }
  }
}
