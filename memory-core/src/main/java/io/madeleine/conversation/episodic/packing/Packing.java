package io.madeleine.conversation.episodic.packing;

import io.madeleine.engine.token.TokenSpan;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What is recalled of what is wanted: the turns themselves first, for they are what was found, and
 * smaller than the episodes around them; then the episodes of the best, for what is said around an
 * answer may be needed to understand it.
 */
public final class Packing {

  /** Turns that come before any episode. */
  private static final int FIRST = 10;

  /** Turns whose whole episodes come before the other turns. */
  private static final int BEST = 3;

  private Packing() {}

  /** {@return spans in the order in which they are wanted; they may overlap} */
  public static List<TokenSpan> order(List<TokenSpan> turns, List<TokenSpan> episodes) {
    Set<TokenSpan> wanted = new LinkedHashSet<>(turns.subList(0, Math.min(FIRST, turns.size())));
    around(turns.subList(0, Math.min(BEST, turns.size())), episodes, wanted);
    wanted.addAll(turns);
    around(turns, episodes, wanted);
    return new ArrayList<>(wanted);
  }

  private static void around(List<TokenSpan> turns, List<TokenSpan> episodes, Set<TokenSpan> to) {
    for (TokenSpan turn : turns) {
      episodes.stream().filter(episode -> overlap(episode, turn)).forEach(to::add);
    }
  }

  /** {@return whether some token lies in both} */
  public static boolean overlap(TokenSpan one, TokenSpan other) {
    return one.start() < other.end() && other.start() < one.end();
  }

  /**
   * {@return the positions chosen}
   *
   * @param wanted most wanted first; tokens that an earlier span brought cost nothing again, and a
   *     span of which not all fits is passed over
   * @param end position behind the last token that may be chosen; those from there on are in the
   *     cache anyway
   * @param room tokens
   */
  public static BitSet pack(List<TokenSpan> wanted, int end, int room) {
    var chosen = new BitSet();
    int left = room;
    for (TokenSpan span : wanted) {
      int stop = Math.min(span.end(), end);
      if (stop > span.start()) {
        int fresh = stop - span.start() - chosen.get(span.start(), stop).cardinality();
        if (fresh <= left) {
          chosen.set(span.start(), stop);
          left -= fresh;
        }
      }
    }
    return chosen;
  }

  /**
   * {@return the chosen positions as spans in the order of time}
   *
   * @param wanted where one of these begins a new span does
   */
  public static List<TokenSpan> spans(BitSet chosen, List<TokenSpan> wanted) {
    var begins = new BitSet();
    wanted.forEach(span -> begins.set(span.start()));
    List<TokenSpan> spans = new ArrayList<>();
    int from = chosen.nextSetBit(0);
    while (from >= 0) {
      int end = chosen.nextClearBit(from);
      int next = begins.nextSetBit(from + 1);
      int to = next < 0 ? end : Math.min(end, next);
      spans.add(new TokenSpan(from, to));
      from = chosen.nextSetBit(to);
    }
    return spans;
  }
}
