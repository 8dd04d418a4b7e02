package io.madeleine.memory.topic;

import java.util.ArrayList;
import java.util.List;

/**
 * A few utterances in a row, the unit that EpiCache embeds. Windows do not overlap, may cross the
 * border of a session, and only the last one may be shorter.
 *
 * @param first index of its first utterance
 * @param utterances how many
 * @param text one line per utterance: who, and what was said
 */
public record UtteranceWindow(int first, int utterances, String text) {

  /** EpiCache's size, the best of 2, 4 and 8. */
  public static final int DEFAULT_SIZE = 4;

  /** Who said what. */
  public record Utterance(String speaker, String text) {}

  /**
   * {@return windows of {@code size} that cover all utterances in order}
   *
   * @throws IllegalArgumentException if {@code size} is below 1
   */
  public static List<UtteranceWindow> over(List<Utterance> utterances, int size) {
    if (size < 1) {
      throw new IllegalArgumentException("a window holds at least 1 utterance, but was " + size);
    }
    List<UtteranceWindow> windows = new ArrayList<>();
    for (int first = 0; first < utterances.size(); first += size) {
      var inside = utterances.subList(first, Math.min(first + size, utterances.size()));
      windows.add(new UtteranceWindow(first, inside.size(), lines(inside)));
    }
    return List.copyOf(windows);
  }

  private static String lines(List<Utterance> utterances) {
    var lines = new StringBuilder();
    for (Utterance utterance : utterances) {
      lines.append(utterance.speaker()).append(" said, \"").append(utterance.text()).append("\"\n");
    }
    return lines.toString();
  }
}
