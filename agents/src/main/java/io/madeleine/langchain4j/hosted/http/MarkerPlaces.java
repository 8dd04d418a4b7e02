package io.madeleine.langchain4j.hosted.http;

import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.langchain4j.hosted.http.Staying.Extent;
import java.util.List;
import java.util.Set;

/**
 * Where the markers stand that Anthropic and Bedrock take: four at most, with those behind the
 * instruction and at the end. An entry is written at a marker only, and a marker finds what was
 * written up to 20 blocks before it.
 *
 * @param tools whether the tools have one of their own
 * @param messages indices of the messages whose end has one, the newest message apart
 */
record MarkerPlaces(boolean tools, Set<Integer> messages) {

  /** A marker's own block is the first of 20. */
  private static final int BLOCKS_BACK = 19;

  MarkerPlaces {
    messages = Set.copyOf(messages);
  }

  /**
   * {@return the places} The end of what stands before the newest question is the same in the next
   * turn, whatever becomes of the question; a conversation's first is marked itself.
   *
   * @param instructed whether there is an instruction: its marker covers the tools too
   */
  static MarkerPlaces of(List<Fields> messages, boolean instructed, Extent extent) {
    int said = lastSaid(messages, messages.size());
    if (extent == Extent.INSTRUCTION || said < 0) {
      return new MarkerPlaces(true, Set.of());
    }
    if (said == 0) {
      return new MarkerPlaces(true, extent == Extent.ALL ? Set.of(0) : Set.of());
    }
    int before = said - 1;
    int writtenAt = lastSaid(messages, said) - 1;
    if (extent == Extent.HISTORY && writtenAt >= 0 && isFar(messages, writtenAt, before)) {
      // What the turn before wrote is out of sight behind so many rounds: it is marked again.
      return new MarkerPlaces(!instructed, Set.of(writtenAt, before));
    }
    return new MarkerPlaces(true, Set.of(before));
  }

  private static boolean isFar(List<Fields> messages, int from, int to) {
    int blocks = 0;
    for (int i = from + 1; i <= to; i++) {
      blocks += Math.max(1, messages.get(i).list("content").size());
    }
    return blocks > BLOCKS_BACK;
  }

  /** {@return the index of what a person said last before {@code end}; −1 if nobody did} */
  static int lastSaid(List<Fields> messages, int end) {
    for (int i = end - 1; i >= 0; i--) {
      if (messages.get(i).text("role").equals("user") && !Exchange.bringsResults(messages.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /** {@return characters of a request that the next question finds again} */
  static int characters(Fields body, List<Fields> messages, Extent extent) {
    int all = 0;
    int stays = extent == Extent.ALL ? messages.size() : lastSaid(messages, messages.size());
    for (int i = 0; i < stays && extent != Extent.INSTRUCTION; i++) {
      all += messages.get(i).value().write().length();
    }
    for (String front : List.of("tools", "toolConfig", "system")) {
      all += body.has(front) ? body.at(front).value().write().length() : 0;
    }
    return all;
  }
}
