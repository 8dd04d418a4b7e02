package io.madeleine.conversation.episodic;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.store.KvSpan;
import io.madeleine.memory.surprise.Surprisal;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The tokens behind the recalled ones: those of the open episode, which still grows, and as many
 * closed ones before it as the options want.
 */
final class RecentTokens {

  /** An event that will not grow any more. */
  record Closed(TokenSpan span, int firstTurn, int lastTurn, KvSpan keysAndValues) {}

  /** A closed event: where it begins, and what is kept of it. */
  private record Event(int start, KvSpan span) {}

  /** One turn's share of the open episode. */
  @SuppressWarnings("ArrayRecordComponent") // never leaves this class
  private record Part(KvSpan span, float[] surprisal, int turn) {
    int start() {
      return span.position(0);
    }

    int end() {
      return start() + span.tokens();
    }
  }

  private final SurpriseSegmenter segmenter;
  private final List<Event> closed = new ArrayList<>();
  private final List<Part> open = new ArrayList<>();
  private final BitSet boundaries = new BitSet();

  RecentTokens(SurpriseSegmenter segmenter) {
    this.segmenter = segmenter;
  }

  void add(KvSpan span, float[] surprisal, int turn) {
    open.add(new Part(span, surprisal, turn));
  }

  /** An event ends right before {@code position}, whatever the surprisal. */
  void boundary(int position) {
    boundaries.set(position);
  }

  /** Puts a closed event in front of the others. */
  void restore(TokenSpan span, KvSpan event) {
    closed.addFirst(new Event(span.start(), event));
  }

  /**
   * {@return the events that ended; the last one stays open and may grow with the next turn} What
   * is ordinary is asked of the open event's tokens alone: the segmenter's window begins with them
   * anew.
   */
  List<Closed> close() {
    if (open.isEmpty()) {
      return List.of();
    }
    KvSpan all = open.stream().map(Part::span).reduce(KvSpan::join).orElseThrow();
    int start = all.position(0);
    List<TokenSpan> events = divided(segmenter.segment(Surprisal.of(openSurprisal())), start);
    List<Closed> ended = new ArrayList<>();
    for (TokenSpan event : events.subList(0, events.size() - 1)) {
      var span = new TokenSpan(start + event.start(), start + event.end());
      KvSpan cut = all.cut(event.start(), event.end());
      ended.add(new Closed(span, turnOf(span.start()), turnOf(span.end() - 1), cut));
      closed.add(new Event(span.start(), cut));
    }
    keepOpen(all, start + events.getLast().start());
    boundaries.clear();
    return ended;
  }

  /**
   * Cuts events where a boundary was set, {@code start} being the position of their first token.
   */
  private List<TokenSpan> divided(List<TokenSpan> events, int start) {
    List<TokenSpan> parts = new ArrayList<>();
    for (TokenSpan event : events) {
      int from = event.start();
      int next = boundaries.nextSetBit(start + from + 1);
      while (next >= 0 && next < start + event.end()) {
        parts.add(new TokenSpan(from, next - start));
        from = next - start;
        next = boundaries.nextSetBit(next + 1);
      }
      parts.add(new TokenSpan(from, event.end()));
    }
    return parts;
  }

  /** {@return where they begin; beyond everything if there are none} */
  int start() {
    if (!closed.isEmpty()) {
      return closed.getFirst().start();
    }
    return open.isEmpty() ? Integer.MAX_VALUE : open.getFirst().start();
  }

  /**
   * Drops the oldest closed events while the others still hold {@code tokens} tokens, and longer
   * ones than there are now, which a larger context has left.
   */
  void forgetBeyond(int tokens) {
    int most = tokens + segmenter.maximumLength();
    while (!closed.isEmpty()
        && (length() - closed.getFirst().span().tokens() >= tokens || length() > most)) {
      closed.removeFirst();
    }
  }

  boolean covers(TokenSpan span) {
    return span.start() >= start();
  }

  int[] positions() {
    var positions = new int[length()];
    int at = 0;
    for (KvSpan span : spans()) {
      for (int i = 0; i < span.tokens(); i++) {
        positions[at++] = span.position(i);
      }
    }
    return positions;
  }

  void placeInto(KvCache cache, int[] newPositions, List<Rotary> rotaries) {
    int at = 0;
    for (KvSpan span : spans()) {
      int[] part = Arrays.copyOfRange(newPositions, at, at + span.tokens());
      span.placeInto(cache, part, rotaries);
      at += span.tokens();
    }
  }

  private List<KvSpan> spans() {
    List<KvSpan> spans = new ArrayList<>();
    closed.forEach(event -> spans.add(event.span()));
    open.forEach(part -> spans.add(part.span()));
    return spans;
  }

  int length() {
    return spans().stream().mapToInt(KvSpan::tokens).sum();
  }

  private float[] openSurprisal() {
    var nats = new float[open.stream().mapToInt(part -> part.surprisal().length).sum()];
    int at = 0;
    for (Part part : open) {
      System.arraycopy(part.surprisal(), 0, nats, at, part.surprisal().length);
      at += part.surprisal().length;
    }
    return nats;
  }

  private int turnOf(int position) {
    return open.stream()
        .filter(part -> part.start() <= position && position < part.end())
        .mapToInt(Part::turn)
        .findFirst()
        .orElseThrow();
  }

  /** Cuts the open parts at {@code from}; what lies before is closed. */
  private void keepOpen(KvSpan all, int from) {
    List<Part> kept = new ArrayList<>();
    int start = all.position(0);
    for (Part part : open) {
      int cut = Math.max(from, part.start());
      if (cut < part.end()) {
        kept.add(
            new Part(
                all.cut(cut - start, part.end() - start),
                Arrays.copyOfRange(part.surprisal(), cut - part.start(), part.surprisal().length),
                part.turn()));
      }
    }
    open.clear();
    open.addAll(kept);
  }
}
