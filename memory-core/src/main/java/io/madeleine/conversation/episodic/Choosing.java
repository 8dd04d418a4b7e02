package io.madeleine.conversation.episodic;

import io.madeleine.conversation.episodic.packing.Packing;
import io.madeleine.conversation.episodic.packing.TokenMatch;
import io.madeleine.conversation.episodic.view.TopicView;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.store.KvSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chooses what of the past comes back, within the room for it, and fetches it. */
final class Choosing {

  /** Pieces in the order of time, and episodes that were wanted and do not come. */
  record Chosen(List<WorkingCache.Piece> pieces, List<Episode> leftOut) {
    static final Chosen NOTHING = new Chosen(List.of(), List.of());
  }

  /** Spans to be read again, in the order of time, and the episodes that they lie in. */
  record Excerpts(List<TokenSpan> spans, List<Episode> episodes, List<Episode> leftOut) {}

  private final EpisodicOptions options;
  private final ClosedEpisodes episodes;
  private final RecentTokens recent;
  private final TokenStream stream;
  private final int spare;

  /**
   * @param spare positions that tokens which few heads hold may take beyond the room
   */
  Choosing(
      EpisodicOptions options,
      ClosedEpisodes episodes,
      RecentTokens recent,
      TokenStream stream,
      int spare) {
    this.options = options;
    this.spare = spare;
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
    var fetching = new Fetching(episodes, chosen, Progress.UNSEEN);
    return new Chosen(chosen.stream().map(fetching::piece).toList(), leftOut);
  }

  /**
   * {@return parts of episodes: turns first, then what stands around the best of them}
   *
   * @param progress watches those being read again that were lost
   */
  Chosen partsOf(List<TokenSpan> turns, int[] question, Progress progress) {
    BitSet chosen = packed(turns, spans(), question, room());
    List<Episode> coming = coming(chosen);
    var fetching = new Fetching(episodes, coming, progress);
    return new Chosen(
        coming.stream().map(fetching::piece).map(whole -> part(whole, chosen)).toList(),
        leftOut(turns, chosen));
  }

  /**
   * {@return turns as they were said, as many as fit; of those that are too long, the best parts}
   */
  Excerpts excerpts(List<TokenSpan> turns, int[] question) {
    int room = options.recallTokens();
    List<TokenSpan> wanted = divided(turns, spans(), question, room / 2);
    BitSet chosen = Packing.pack(wanted, end(), room);
    return new Excerpts(Packing.spans(chosen, wanted), coming(chosen), leftOut(turns, chosen));
  }

  private List<TokenSpan> spans() {
    return episodes.all().stream().map(Episode::span).toList();
  }

  /** Where the tokens end that may be chosen: the recent ones are there anyway. */
  private int end() {
    return Math.min(stream.length(), recent.start());
  }

  private List<Episode> coming(BitSet chosen) {
    return episodes.all().stream().filter(episode -> holds(episode, chosen)).toList();
  }

  private List<Episode> leftOut(List<TokenSpan> turns, BitSet chosen) {
    var wanted = new BitSet();
    turns.forEach(turn -> wanted.set(turn.start(), turn.end()));
    return episodes.all().stream()
        .filter(episode -> holds(episode, wanted) && !holds(episode, chosen))
        .toList();
  }

  private static boolean holds(Episode episode, BitSet chosen) {
    int first = chosen.nextSetBit(episode.span().start());
    return first >= 0 && first < episode.span().end();
  }

  private static WorkingCache.Piece part(WorkingCache.Piece whole, BitSet chosen) {
    return new WorkingCache.Piece(whole.what(), whole.span().only(chosen), whole.bytesMoved());
  }

  /** What the recent tokens leave, but half of what may be recalled in any case. */
  private int room() {
    int left = options.recallTokens() + options.recentTokens() - recent.length();
    return Math.max(options.recallTokens() / 2, left);
  }

  private BitSet packed(List<TokenSpan> turns, List<TokenSpan> spans, int[] question, int room) {
    List<TokenSpan> wanted = Packing.order(divided(turns, spans, question, room / 2), spans);
    return Packing.pack(wanted, end(), room);
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
        divided.addAll(
            new TokenMatch(part -> stream.tokens(part.start(), part.end()), parts)
                .ranked(question));
      }
    }
    return divided;
  }

  /**
   * {@return what a topic keeps of its episodes, and turns where there is room}
   *
   * <p>Heads keep different tokens, and each takes a position: there are more of them than a head
   * holds. Where the model has no positions to spare turns make way, and at last the view does.
   *
   * @param turns most wanted first
   * @param progress watches those being read again that were lost
   */
  Chosen of(TopicView view, List<TokenSpan> turns, int[] question, Progress progress) {
    int most = room() + spare;
    for (int room = Math.max(0, room() - view.tokensPerHead()); ; room /= 2) {
      List<WorkingCache.Piece> pieces = with(view, turns, question, room, progress);
      if (pieces.stream().mapToInt(piece -> piece.span().tokens()).sum() <= most) {
        return new Chosen(pieces, List.of());
      }
      if (room == 0) {
        return partsOf(turns, question, progress);
      }
    }
  }

  private List<WorkingCache.Piece> with(
      TopicView view, List<TokenSpan> turns, int[] question, int room, Progress progress) {
    Map<Episode, TopicView.Part> kept = new HashMap<>();
    view.parts().forEach(part -> kept.put(part.episode(), part));
    BitSet chosen = packed(turns, spans(), question, room);
    List<Episode> coming =
        episodes.all().stream()
            .filter(
                episode ->
                    holds(episode, chosen)
                        || (kept.containsKey(episode) && !recent.covers(episode.span())))
            .toList();
    var fetching = new Fetching(episodes, coming, progress);
    List<WorkingCache.Piece> pieces = new ArrayList<>();
    for (Episode episode : coming) {
      WorkingCache.Piece whole = fetching.piece(episode);
      KvSpan part = whole.span().keep(union(whole.span(), chosen, kept.get(episode)));
      if (part.tokens() > 0) {
        pieces.add(new WorkingCache.Piece(whole.what(), part, whole.bytesMoved()));
      }
    }
    return pieces;
  }

  /** Slots whose token was chosen, and those that are kept anyway. */
  private static int[][] union(KvSpan span, BitSet chosen, TopicView.@Nullable Part kept) {
    var slots = new int[span.shape().heads()][];
    int[][] keptSlots = kept == null ? new int[slots.length][0] : kept.slotsIn(span);
    for (int head = 0; head < slots.length; head++) {
      int[] tokens = span.tokensOf(head);
      var all = new BitSet();
      for (int slot = 0; slot < tokens.length; slot++) {
        all.set(slot, chosen.get(span.position(tokens[slot])));
      }
      Arrays.stream(keptSlots[head]).forEach(all::set);
      slots[head] = all.stream().toArray();
    }
    return slots;
  }
}
