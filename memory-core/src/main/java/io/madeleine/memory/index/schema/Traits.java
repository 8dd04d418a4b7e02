package io.madeleine.memory.index.schema;

import java.util.regex.Pattern;

/** What a turn shows at a glance, as bits kept beside it in the index. */
public final class Traits {

  /** It contains a question. */
  public static final int ASKS = 1;

  /** It ends with one. */
  public static final int ENDS_ASKING = 2;

  /** It names a day, a month or a span of time. */
  public static final int NAMES_A_TIME = 4;

  private static final Pattern TIME =
      Pattern.compile(
          "\\b(yesterday|today|tomorrow|tonight|last|next|ago|week|weekend|month|year|morning"
              + "|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march"
              + "|april|may|june|july|august|september|october|november|december|recently|since"
              + "|(19|20)\\d\\d|\\d+(st|nd|rd|th))\\b",
          Pattern.CASE_INSENSITIVE);

  /** Reading further than this would not tell more. */
  private static final int READ = 4_000;

  private Traits() {}

  static int of(String text) {
    String read = text.length() > READ ? text.substring(0, READ) : text;
    int bits = read.indexOf('?') >= 0 ? ASKS : 0;
    if (asksLast(text)) {
      bits |= ENDS_ASKING;
    }
    return TIME.matcher(read).find() ? bits | NAMES_A_TIME : bits;
  }

  private static boolean asksLast(String text) {
    String words = text.replaceFirst("\\s*\\[image:[^\\]]*\\]\\s*$", "").stripTrailing();
    return words.endsWith("?");
  }
}
