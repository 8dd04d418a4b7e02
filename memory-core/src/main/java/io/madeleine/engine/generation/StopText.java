package io.madeleine.engine.generation;

import java.util.List;

/** Holds back text that may become a stop text. Not thread-safe. */
final class StopText {
  private final List<String> texts;
  private final StringBuilder waiting = new StringBuilder();
  private boolean found;

  StopText(List<String> texts) {
    this.texts = texts;
  }

  /** {@return what can go out now that {@code text} has come; nothing after a stop text} */
  String push(String text) {
    if (found) {
      return "";
    }
    waiting.append(text);
    String all = waiting.toString();
    int first = all.length();
    for (String stop : texts) {
      int at = all.indexOf(stop);
      if (at >= 0 && at < first) {
        first = at;
        found = true;
      }
    }
    int safe = found ? first : all.length() - heldBack(all);
    waiting.delete(0, safe);
    return all.substring(0, safe);
  }

  private int heldBack(String text) {
    int held = 0;
    for (String stop : texts) {
      for (int length = Math.min(stop.length() - 1, text.length()); length > held; length--) {
        if (text.startsWith(stop.substring(0, length), text.length() - length)) {
          held = length;
        }
      }
    }
    return held;
  }

  boolean isFound() {
    return found;
  }

  /** {@return what was held back, when nothing more will come} */
  String finish() {
    String rest = found ? "" : waiting.toString();
    waiting.setLength(0);
    return rest;
  }
}
