package io.madeleine.conversation.episodic;

import io.madeleine.conversation.episodic.blending.Blender;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.placement.PlacedPieces;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.tier.Tier;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The cache that a turn runs in, laid out anew for each: prefix, what was recalled, recent tokens.
 */
final class WorkingCache implements AutoCloseable {

  /** An episode with what is left of it, and what it took to get that. */
  record Piece(Recalled.Piece what, KvSpan span, long bytesMoved) {}

  private final Transformer model;
  private final EpisodicOptions options;
  private final KvCache prefix;
  private final int prefixTokens;
  private final List<Rotary> rotaries;
  private final RecentTokens recent;
  private final TokenStream stream;
  private final Blender blender;
  private KvCache cache;
  private BitSet held = new BitSet();

  /**
   * @param prefix stays the caller's, as does all else
   */
  WorkingCache(
      Transformer model,
      EpisodicOptions options,
      KvCache prefix,
      int prefixTokens,
      List<Rotary> rotaries,
      RecentTokens recent,
      TokenStream stream) {
    this.model = model;
    this.options = options;
    this.prefix = prefix;
    this.prefixTokens = prefixTokens;
    this.rotaries = rotaries;
    this.recent = recent;
    this.stream = stream;
    this.blender = new Blender(model, options.blending(), stream::token, rotaries);
    this.cache = prefix.fork();
  }

  KvCache cache() {
    return cache;
  }

  /**
   * Places stored pieces.
   *
   * @param pieces in the order of time
   */
  Recalled layOut(List<Piece> pieces, List<Episode> leftOut) {
    PlacedPieces placed =
        options
            .placement()
            .place(
                prefixTokens,
                pieces.stream().map(piece -> positions(piece.span())).toList(),
                recent.positions());
    start();
    List<KvSpan> spans = pieces.stream().map(Piece::span).toList();
    List<int[]> to = IntStream.range(0, spans.size()).mapToObj(placed::piece).toList();
    int reread = blender.place(spans, to, cache);
    recent.placeInto(cache, placed.recent(), rotaries);
    cache.length(placed.next());
    for (int i = 0; i < spans.size(); i++) {
      hold(spans.get(i), to.get(i));
    }
    return new Recalled(
        pieces.stream().map(Piece::what).toList(),
        leftOut,
        placed.tokens() - reread,
        reread,
        pieces.stream().mapToLong(Piece::bytesMoved).sum());
  }

  /**
   * Reads excerpts again; the recent tokens stand behind.
   *
   * @param progress watches it, once there is memory for all of it
   */
  Recalled reread(Choosing.Excerpts excerpts, Progress progress) {
    int tokens = excerpts.spans().stream().mapToInt(TokenSpan::length).sum();
    start();
    int count = recent.positions().length;
    cache.reserve(tokens + count);
    int read = 0;
    for (TokenSpan excerpt : excerpts.spans()) {
      if (read > 0) {
        progress.reached(read, tokens);
      }
      read += excerpt.length();
      model.prefill(cache, stream.tokens(excerpt.start(), excerpt.end()), Observe.nothing());
      held.set(excerpt.start(), excerpt.end());
    }
    int behind = prefixTokens + tokens;
    recent.placeInto(cache, IntStream.range(behind, behind + count).toArray(), rotaries);
    cache.length(behind + count);
    return new Recalled(
        excerpts.episodes().stream().map(WorkingCache::readAgain).toList(),
        excerpts.leftOut(),
        0,
        tokens,
        0);
  }

  private static Recalled.Piece readAgain(Episode episode) {
    return new Recalled.Piece(episode, Tier.REBUILT, 0);
  }

  private void hold(KvSpan span, int[] to) {
    IntStream.range(0, span.tokens())
        .filter(i -> to[i] >= 0)
        .forEach(i -> held.set(span.position(i)));
  }

  /** {@return where in the conversation the tokens were said that it was laid out with; a copy} */
  BitSet held() {
    return BitSet.valueOf(held.toLongArray());
  }

  /** {@return tokens that a head holds on average} */
  int tokensPerHead() {
    KvShape shape = cache.shape();
    long slots = 0;
    for (int head = 0; head < shape.heads(); head++) {
      slots += cache.slots(head / shape.kvHeads(), head % shape.kvHeads());
    }
    return (int) (slots / shape.heads());
  }

  private void start() {
    cache.close();
    cache = prefix.fork();
    held = new BitSet();
    held.set(0, prefixTokens);
    Arrays.stream(recent.positions()).forEach(held::set);
  }

  private static int[] positions(KvSpan span) {
    return IntStream.range(0, span.tokens()).map(span::position).toArray();
  }

  @Override
  public void close() {
    cache.close();
  }
}
