package io.madeleine.engine.template.value;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Python's string functions on Java's strings. */
final class Texts {
  private Texts() {}

  /** {@return {@code text} without {@code characters} (white space if absent) at its ends} */
  static String strip(String text, Optional<String> characters, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end && isStripped(text.charAt(start), characters)) {
      start++;
    }
    while (right && end > start && isStripped(text.charAt(end - 1), characters)) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isStripped(char c, Optional<String> characters) {
    return characters.map(set -> set.indexOf(c) >= 0).orElseGet(() -> isSpace(c));
  }

  /** Python's {@code str.isspace}. */
  static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  static String capitalize(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(java.util.Locale.ROOT)
            + text.substring(1).toLowerCase(java.util.Locale.ROOT);
  }

  /** A capital after everything that is no letter, as Python's {@code title} has it. */
  static String title(String text) {
    var out = new StringBuilder(text.length());
    boolean inWord = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  /** {@return where {@code part} first stands in {@code text}, −1 if nowhere} */
  static int find(String text, String part, Budget budget) {
    budget.search(text, part);
    return text.indexOf(part);
  }

  static long count(String text, String part, Budget budget) {
    budget.search(text, part);
    if (part.isEmpty()) {
      return text.length() + 1L;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }

  /**
   * {@return {@code text} with the first {@code most} of {@code from} replaced; all if negative}
   */
  static String replace(String text, String from, String to, long most, Budget budget) {
    budget.search(text, from);
    if (most < 0) {
      return text.replace(from, to);
    }
    var out = new StringBuilder();
    int start = 0;
    long left = most;
    for (int at = text.indexOf(from); at >= 0 && left > 0 && !from.isEmpty(); left--) {
      out.append(text, start, at).append(to);
      start = at + from.length();
      at = text.indexOf(from, start);
    }
    return out.append(text, start, text.length()).toString();
  }

  /** {@return the parts of {@code text}; runs of white space separate where nothing else does} */
  static List<String> split(String text, Optional<String> separator, long most, Budget budget) {
    List<String> parts = new ArrayList<>();
    String by = separator.orElse(" ");
    budget.search(text, by);
    if (by.isEmpty()) {
      throw new TemplateException("split: the separator is empty");
    }
    String rest = separator.isPresent() ? text : strip(text, Optional.empty(), true, true);
    if (separator.isEmpty() && rest.isEmpty()) {
      return parts;
    }
    int start = 0;
    while (most < 0 || parts.size() < most) {
      int end = separator.isPresent() ? rest.indexOf(by, start) : nextSpace(rest, start);
      if (end < 0) {
        break;
      }
      parts.add(rest.substring(start, end));
      start = end + by.length();
      while (separator.isEmpty() && start < rest.length() && isSpace(rest.charAt(start))) {
        start++;
      }
    }
    parts.add(rest.substring(start));
    return parts;
  }

  private static int nextSpace(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (isSpace(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }
}
