package io.madeleine.conversation.episodic;

import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.store.KvSpan;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/** Chooses what of the past comes back, within the room for it, and fetches it. */
final class Choosing {

  /** Pieces in the order of time, and episodes that were wanted and do not come. */
  record Chosen(List<WorkingCache.Piece> pieces, List<Episode> leftOut) {
    static final Chosen NOTHING = new Chosen(List.of(), List.of());
  }

  private final EpisodicOptions options;
  private final ClosedEpisodes episodes;
  private final RecentTokens recent;
  private final TokenStream stream;

  Choosing(
      EpisodicOptions options, ClosedEpisodes episodes, RecentTokens recent, TokenStream stream) {
    this.options = options;
    this.episodes = episodes;
    this.recent = recent;
    this.stream = stream;
  }

  /** {@return whole episodes, the most wanted first, as many as fit} */
  Chosen whole(List<Episode> wanted) {
    List<Episode> chosen = new ArrayList<>();
    List<Episode> leftOut = new ArrayList<>();
    int tokens = 0;
    for (Episode episode : wanted) {
      int length = episode.kept();
      if (tokens + length > options.recallTokens() || recent.covers(episode.span())) {
        leftOut.add(episode);
      } else {
        chosen.add(episode);
        tokens += length;
      }
    }
    chosen.sort(Comparator.comparingInt(episode -> episode.span().start()));
    return new Chosen(chosen.stream().map(episodes::fetched).toList(), leftOut);
  }

  /** {@return parts of episodes: turns first, then what stands around the best of them} */
  Chosen partsOf(List<TokenSpan> turns, int[] question) {
    List<Episode> known = episodes.all();
    List<TokenSpan> spans = known.stream().map(Episode::span).toList();
    int left = options.recallTokens() + options.recentTokens() - recent.length();
    int room = Math.max(options.recallTokens() / 2, left);
    List<TokenSpan> wanted = Packing.order(divided(turns, spans, question, room / 2), spans);
    BitSet chosen = Packing.pack(wanted, Math.min(stream.length(), recent.start()), room);
    List<WorkingCache.Piece> pieces = new ArrayList<>();
    List<Episode> leftOut = new ArrayList<>();
    for (Episode episode : known) {
      TokenSpan span = episode.span();
      int first = chosen.nextSetBit(span.start());
      if (first >= 0 && first < span.end()) {
        WorkingCache.Piece whole = episodes.fetched(episode);
        KvSpan part = whole.span().only(chosen);
        pieces.add(new WorkingCache.Piece(whole.what(), part, whole.bytesMoved()));
      } else if (turns.stream().anyMatch(turn -> Packing.overlap(turn, span))) {
        leftOut.add(episode);
      }
    }
    return new Chosen(pieces, leftOut);
  }

  /**
   * Turns that are too long come as their episodes, those that share most with the question first.
   */
  private List<TokenSpan> divided(
      List<TokenSpan> turns, List<TokenSpan> spans, int[] question, int longest) {
    List<TokenSpan> divided = new ArrayList<>();
    for (TokenSpan turn : turns) {
      if (turn.length() <= longest) {
        divided.add(turn);
      } else {
        List<TokenSpan> parts = spans.stream().filter(span -> Packing.overlap(span, turn)).toList();
        divided.addAll(new TokenMatch(stream, parts).ranked(question));
      }
    }
    return divided;
  }

  /** {@return what a topic keeps of its episodes} */
  Chosen of(TopicView view) {
    List<WorkingCache.Piece> pieces = new ArrayList<>();
    for (TopicView.Part part : view.parts()) {
      if (!recent.covers(part.episode().span())) {
        WorkingCache.Piece whole = episodes.fetched(part.episode());
        KvSpan kept = whole.span().keep(part.slots());
        pieces.add(new WorkingCache.Piece(whole.what(), kept, whole.bytesMoved()));
      }
    }
    return new Chosen(pieces, List.of());
  }
}
