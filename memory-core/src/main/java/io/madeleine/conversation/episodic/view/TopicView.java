package io.madeleine.conversation.episodic.view;

import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.store.KvSpan;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What one topic keeps of its episodes: for each, the tokens of every head that the topic's own
 * words look at. An index into stored episodes, which stay as they are; it costs 4 bytes a token
 * and head. Several topics may keep the same token.
 *
 * <p>Source: the views of Kim et al., <a href="https://arxiv.org/abs/2509.17396">EpiCache</a>,
 * 2025. Deviation: theirs are copies of the whole history towards a topic; these are of the topic's
 * own episodes.
 */
public final class TopicView {

  /** Of no episode. */
  public static final TopicView EMPTY = new TopicView(List.of(), List.of());

  /**
   * One episode's part.
   *
   * @param tokens of each head, {@code [heads][kept]}, ascending, counted from the episode's first.
   *     Not slots: an episode that was made smaller, lost and read again may hold other tokens
   */
  @SuppressWarnings("ArrayRecordComponent") // stays in the conversation, never changed
  public record Part(Episode episode, int[][] tokens) {

    /** {@return all that is stored of an episode, or all that {@code stored} has left of it} */
    static Part of(Episode episode, KvSpan stored) {
      int start = episode.span().start();
      var tokens = new int[stored.shape().heads()][];
      for (int head = 0; head < tokens.length; head++) {
        tokens[head] =
            Arrays.stream(stored.tokensOf(head)).map(i -> stored.position(i) - start).toArray();
      }
      return new Part(episode, tokens);
    }

    /**
     * {@return the slots of each head that hold one of these tokens, {@code [heads][kept]}} A token
     * that a head does not hold any more has none.
     *
     * @param stored what is stored of the episode, where it was said
     */
    public int[][] slotsIn(KvSpan stored) {
      int[][] held = of(episode, stored).tokens;
      var slots = new int[held.length][];
      for (int head = 0; head < slots.length; head++) {
        int[] kept = tokens[head];
        int[] holds = held[head];
        slots[head] =
            IntStream.range(0, holds.length)
                .filter(slot -> Arrays.binarySearch(kept, holds[slot]) >= 0)
                .toArray();
      }
      return slots;
    }
  }

  private final List<Part> parts;
  private final List<Episode> seen;

  /**
   * @param parts what is kept, by episode, oldest first
   * @param seen the episodes that it was made from, oldest first
   */
  public TopicView(List<Part> parts, List<Episode> seen) {
    this.parts = List.copyOf(parts);
    this.seen = List.copyOf(seen);
  }

  /** {@return what it keeps, by episode} */
  public List<Part> parts() {
    return parts;
  }

  /** {@return the episodes that it was made from, oldest first, also those it kept nothing of} */
  public List<Episode> seen() {
    return seen;
  }

  /** {@return tokens that a head keeps on average, rounded up} */
  public int tokensPerHead() {
    int heads = parts.isEmpty() ? 1 : parts.getFirst().tokens().length;
    return Math.toIntExact(Math.ceilDiv(slots(), heads));
  }

  /** {@return slots that this takes in all heads together} */
  public long slots() {
    long slots = 0;
    for (Part part : parts) {
      for (int[] head : part.tokens()) {
        slots += head.length;
      }
    }
    return slots;
  }
}
