package io.madeleine.conversation.episodic.view;

import io.madeleine.memory.episode.Episode;
import java.util.List;

/**
 * What one topic keeps of its episodes: for each, the slots of every head that the topic's own
 * words look at. An index into stored episodes, which stay as they are; it costs 4 bytes a slot.
 * Several topics may keep the same slot.
 *
 * <p>Source: the views of Kim et al., <a href="https://arxiv.org/abs/2509.17396">EpiCache</a>,
 * 2025. Deviation: theirs are copies of the whole history towards a topic; these are of the topic's
 * own episodes.
 */
public final class TopicView {

  /** Of no episode. */
  public static final TopicView EMPTY = new TopicView(List.of(), List.of());

  /** One episode's part: slots of each head, {@code [heads][kept]}, ascending. */
  @SuppressWarnings("ArrayRecordComponent") // stays in the conversation, never changed
  public record Part(Episode episode, int[][] slots) {}

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
    int heads = parts.isEmpty() ? 1 : parts.getFirst().slots().length;
    return Math.toIntExact(Math.ceilDiv(slots(), heads));
  }

  /** {@return slots of all heads together} */
  public long slots() {
    long slots = 0;
    for (Part part : parts) {
      for (int[] head : part.slots()) {
        slots += head.length;
      }
    }
    return slots;
  }
}
