package io.madeleine.conversation.episodic;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Step;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.placement.PlacedPieces;
import io.madeleine.memory.store.KvSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
  private KvCache cache;

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
    int reread = 0;
    for (int i = 0; i < pieces.size(); i++) {
      reread += place(pieces.get(i).span(), placed.piece(i));
    }
    recent.placeInto(cache, placed.recent(), rotaries);
    cache.length(placed.next());
    return new Recalled(
        pieces.stream().map(Piece::what).toList(),
        leftOut,
        placed.tokens() - reread,
        reread,
        pieces.stream().mapToLong(Piece::bytesMoved).sum());
  }

  /** Places a span, its first tokens read again if so wanted. {@return how many were} */
  private int place(KvSpan span, int[] positions) {
    int again = options.blending().rereadOf(span.tokens());
    if (again > 0) {
      var tokens = new int[again];
      for (int i = 0; i < again; i++) {
        tokens[i] = stream.tokens(span.position(i), span.position(i) + 1)[0];
      }
      int[] at = Arrays.copyOf(positions, again);
      model.forward(List.of(new Step(cache, tokens, at, Observe.nothing())));
      Arrays.fill(positions, 0, again, PlacedPieces.LEFT_OUT);
    }
    KvSpan placed = span;
    if (again > 0 && options.blending().offset() > 0 && span.evenly()) {
      KvSpan now = KvSpan.last(cache, again, rotaries);
      placed = OffsetCorrection.corrected(span, now, options.blending().offset());
    }
    placed.sharper(1 / options.blending().temperature()).placeInto(cache, positions, rotaries);
    return again;
  }

  /**
   * Reads excerpts again, as many as fit, the most wanted first; the recent tokens stand behind.
   */
  Recalled reread(List<TokenSpan> excerpts) {
    List<TokenSpan> chosen = new ArrayList<>();
    int tokens = 0;
    for (TokenSpan excerpt : excerpts) {
      int length = Math.min(excerpt.end(), recent.start()) - excerpt.start();
      if (length > 0 && tokens + length <= options.recallTokens()) {
        chosen.add(new TokenSpan(excerpt.start(), excerpt.start() + length));
        tokens += length;
      }
    }
    chosen.sort(Comparator.comparingInt(TokenSpan::start));
    start();
    for (TokenSpan excerpt : chosen) {
      model.prefill(cache, stream.tokens(excerpt.start(), excerpt.end()), Observe.nothing());
    }
    int behind = prefixTokens + tokens;
    int count = recent.positions().length;
    recent.placeInto(cache, IntStream.range(behind, behind + count).toArray(), rotaries);
    cache.length(behind + count);
    return new Recalled(List.of(), List.of(), 0, tokens, 0);
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
  }

  private static int[] positions(KvSpan span) {
    return IntStream.range(0, span.tokens()).map(span::position).toArray();
  }

  @Override
  public void close() {
    cache.close();
  }
}
