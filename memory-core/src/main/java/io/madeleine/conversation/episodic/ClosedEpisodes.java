package io.madeleine.conversation.episodic;

import io.madeleine.conversation.episodic.closing.EpisodeCompressor;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.tier.FoundSpan;
import io.madeleine.memory.tier.SpanTiers;
import io.madeleine.memory.tier.Tier;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The episodes that will not grow any more, with their keys and values wherever those are. */
final class ClosedEpisodes {

  private final EpisodeCompressor compressor;
  private final KvCache prefix;
  private final TokenStream stream;
  private final SpanTiers tiers;
  private final EpisodeList episodes;
  private final LostEpisodes lost;
  private final Givers givers;

  /**
   * @param prefix stays the caller's, as does all else
   */
  ClosedEpisodes(
      EpisodeCompressor compressor,
      KvCache prefix,
      TokenStream stream,
      SpanTiers tiers,
      EpisodeList episodes,
      LostEpisodes lost,
      Givers givers) {
    this.compressor = compressor;
    this.prefix = prefix;
    this.stream = stream;
    this.tiers = tiers;
    this.episodes = episodes;
    this.lost = lost;
    this.givers = givers;
  }

  List<Episode> all() {
    return episodes.all();
  }

  /**
   * {@return the last episodes, the very last one first: as many as hold {@code tokens} together,
   * or fewer if one would make it more than {@code most}}
   */
  List<Episode> latest(int tokens, int most) {
    List<Episode> latest = new ArrayList<>();
    int held = 0;
    for (Episode episode : all().reversed()) {
      if (held >= tokens || held + episode.span().length() > most) {
        break;
      }
      latest.add(episode);
      held += episode.span().length();
    }
    return latest;
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

  /**
   * {@return what is kept of an episode, from the nearest tier that has it}
   *
   * @param reading runs before it is read again, if no tier has it, and may end that by what it
   *     throws
   */
  FoundSpan find(Episode episode, Runnable reading) {
    FoundSpan found =
        tiers.get(
            new SpanId(episode.id()), () -> kept(lost.read(episode, reading), episode.span()));
    KvSpan placed = found.span().movedBy(episode.span().start());
    return new FoundSpan(placed, found.from(), found.bytesMoved());
  }

  /** {@return whether no tier has it} One that a tier has may turn out to be damaged. */
  boolean isLost(Episode episode) {
    return tiers.peek(new SpanId(episode.id())) == Tier.REBUILT;
  }

  /** {@return how many tokens are read to have an episode again that was lost} */
  int tokensToRead(Episode episode) {
    return lost.tokens(episode);
  }

  private KvSpan kept(KvSpan whole, TokenSpan span) {
    int[] tokens = stream.tokens(span.start(), span.end());
    return givers.within(() -> compressor.compressed(prefix, whole, tokens));
  }
}
