package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A window's list and the one before it, both without system messages and with every message as it
 * was said. A window keeps the order, drops from the front, and appends, one message at a time.
 */
record HandedOver(List<ChatMessage> before, List<ChatMessage> now) {

  /** {@return those of {@code messages} that are said, and not told the model} */
  static List<ChatMessage> talk(List<ChatMessage> messages) {
    return messages.stream().filter(message -> !(message instanceof SystemMessage)).toList();
  }

  /** {@return where the new messages begin; -1 if the list does not go on from the one before} */
  int newFrom() {
    return appendsOne() && !now.equals(before) ? now.size() - 1 : behindTheKnown();
  }

  /**
   * {@return whether all but the last message are the end of the list before} The common case, and
   * looked at first: where the same is said again and again, a shorter list may be found whole in
   * the one before.
   */
  private boolean appendsOne() {
    int kept = now.size() - 1;
    int dropped = before.size() - kept;
    return kept >= 0
        && dropped >= 0
        && before.subList(dropped, before.size()).equals(now.subList(0, kept));
  }

  private int behindTheKnown() {
    int at = 0;
    int next = 0;
    while (next < now.size()) {
      int found = before.subList(at, before.size()).indexOf(now.get(next));
      if (found < 0) {
        break;
      }
      at += found + 1;
      next++;
    }
    return at == before.size() ? next : -1;
  }

  /**
   * {@return where a tool's result is another and all else is the same} LangChain4j undoes a tool
   * that way. Empty if something else is different.
   */
  List<Integer> exchangedResults() {
    if (now.size() != before.size()) {
      return List.of();
    }
    List<Integer> different =
        IntStream.range(0, now.size())
            .filter(i -> !before.get(i).equals(now.get(i)))
            .boxed()
            .toList();
    return different.stream().allMatch(i -> areResultsOfOneCall(before.get(i), now.get(i)))
        ? different
        : List.of();
  }

  /** {@return whether both are results, of one tool's call} */
  static boolean areResultsOfOneCall(ChatMessage one, ChatMessage other) {
    return one instanceof ToolExecutionResultMessage was
        && other instanceof ToolExecutionResultMessage is
        && was.id().equals(is.id());
  }
}
