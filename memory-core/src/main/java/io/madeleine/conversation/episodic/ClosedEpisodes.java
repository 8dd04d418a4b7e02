package io.madeleine.conversation.episodic;

import io.madeleine.conversation.episodic.closing.EpisodeCompressor;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.tier.FoundSpan;
import io.madeleine.memory.tier.SpanTiers;
import java.io.IOException;
import java.util.List;

/** The episodes that will not grow any more, with their keys and values wherever those are. */
final class ClosedEpisodes {

  private final Transformer model;
  private final List<Rotary> rotaries;
  private final KvCache prefix;
  private final int prefixTokens;
  private final int before;
  private final TokenStream stream;
  private final SpanTiers tiers;
  private final EpisodeList episodes;
  private final EpisodeCompressor compressor;

  /**
   * @param before tokens that are read again in front of an episode that was lost
   */
  ClosedEpisodes(
      Transformer model,
      EpisodeCompressor compressor,
      List<Rotary> rotaries,
      KvCache prefix,
      int prefixTokens,
      int before,
      TokenStream stream,
      SpanTiers tiers,
      EpisodeList episodes) {
    this.model = model;
    this.compressor = compressor;
    this.rotaries = rotaries;
    this.prefix = prefix;
    this.prefixTokens = prefixTokens;
    this.before = before;
    this.stream = stream;
    this.tiers = tiers;
    this.episodes = episodes;
  }

  List<Episode> all() {
    return episodes.all();
  }

  /**
   * Writes an event down that ended, and stores it: what is listed and not stored is read again,
   * but what were stored and not listed would outlive its turn.
   */
  Episode close(RecentTokens.Closed event) throws IOException {
    SpanId id = stream.close(event.span());
    KvSpan kept = kept(event.keysAndValues(), event.span());
    var episode =
        new Episode(
            id.hex(), event.span(), event.firstTurn(), event.lastTurn(), kept.tokensPerHead());
    episodes.add(episode);
    tiers.put(id, kept.movedBy(-event.span().start()));
    return episode;
  }

  /** {@return what is kept of an episode, from the nearest tier that has it} */
  FoundSpan find(Episode episode) {
    FoundSpan found = tiers.get(new SpanId(episode.id()), () -> rebuilt(episode));
    KvSpan placed = found.span().movedBy(episode.span().start());
    return new FoundSpan(placed, found.from(), found.bytesMoved());
  }

  /** The same, as a piece to be placed, with the time that it took. */
  WorkingCache.Piece fetched(Episode episode) {
    long began = System.nanoTime();
    FoundSpan found = find(episode);
    var piece = new Recalled.Piece(episode, found.from(), System.nanoTime() - began);
    return new WorkingCache.Piece(piece, found.span(), found.bytesMoved());
  }

  private KvSpan kept(KvSpan whole, TokenSpan span) {
    return compressor.compressed(prefix, whole, stream.tokens(span.start(), span.end()));
  }

  private KvSpan rebuilt(Episode episode) {
    int from = Math.max(prefixTokens, episode.span().start() - before);
    int[] tokens = stream.tokens(from, episode.span().end());
    try (KvCache cache = prefix.fork()) {
      model.prefill(cache, tokens, Observe.nothing());
      KvSpan whole = KvSpan.last(cache, episode.span().length(), rotaries).at(0);
      return kept(whole, episode.span());
    }
  }
}
