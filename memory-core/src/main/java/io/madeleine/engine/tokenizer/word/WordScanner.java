package io.madeleine.engine.tokenizer.word;

import java.util.function.IntPredicate;

/** Finds the end of a word, looking at every code point a bounded number of times. */
@FunctionalInterface
public interface WordScanner {

  /**
   * {@return the end of the word that starts at {@code start}, more than {@code start} and at most
   * {@code limit}}
   *
   * @param text code points
   * @param start first code point of the word
   * @param limit where the text ends for this scanner; nothing beyond it is looked at
   */
  int endOfWord(int[] text, int start, int limit);

  /** {@code \p{N}}: every number for itself. */
  static WordScanner singleNumbers() {
    return (text, start, limit) ->
        Letters.isNumber(text[start])
            ? start + 1
            : run(text, start, limit, c -> !Letters.isNumber(c));
  }

  /** {@code \p{N}+}: numbers apart from everything else. */
  static WordScanner numbers() {
    return (text, start, limit) -> {
      boolean number = Letters.isNumber(text[start]);
      return run(text, start, limit, c -> Letters.isNumber(c) == number);
    };
  }

  /** {@code [\p{P}$+<=>^~|]+}: punctuation apart from everything else. */
  static WordScanner punctuation() {
    return (text, start, limit) -> {
      boolean punctuation = isPunctuation(text[start]);
      return run(text, start, limit, c -> isPunctuation(c) == punctuation);
    };
  }

  /** {@code [0-9][0-9][0-9]}: ASCII digits in threes. */
  static WordScanner threeDigits() {
    return (text, start, limit) -> {
      if (isThreeDigits(text, start, limit)) {
        return start + 3;
      }
      int at = start + 1;
      while (at < limit && !isThreeDigits(text, at, limit)) {
        at++;
      }
      return at;
    };
  }

  private static boolean isThreeDigits(int[] text, int at, int limit) {
    return at + 3 <= limit && isDigit(text[at]) && isDigit(text[at + 1]) && isDigit(text[at + 2]);
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isPunctuation(int c) {
    return Letters.isPunctuation(c) || (c < 0x80 && "$+<=>^~|".indexOf(c) >= 0);
  }

  /** {@return the first position from {@code start} that {@code member} refuses, or the limit} */
  static int run(int[] text, int start, int limit, IntPredicate member) {
    int at = start;
    while (at < limit && member.test(text[at])) {
      at++;
    }
    return at;
  }

  /**
   * {@return the end of {@code \s+(?!\S)|\s+}: a run of white space gives its last character to the
   * word that follows, if one does}
   */
  static int endOfSpace(int[] text, int start, int limit) {
    int end = run(text, start, limit, Letters::isSpace);
    return end < limit && end - start > 1 ? end - 1 : end;
  }

  /**
   * {@return the end of an English contraction ({@code 's 't 'm 'd 're 've 'll}) at {@code at}, or
   * {@code at} if there is none}
   *
   * @param anyCase whether capitals count too
   */
  static int endOfContraction(int[] text, int at, int limit, boolean anyCase) {
    if (at + 1 >= limit || text[at] != '\'') {
      return at;
    }
    int first = lower(text[at + 1], anyCase);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return at + 2;
    }
    if (at + 2 >= limit) {
      return at;
    }
    int second = lower(text[at + 2], anyCase);
    boolean two =
        (first == 'r' && second == 'e')
            || (first == 'v' && second == 'e')
            || (first == 'l' && second == 'l');
    return two ? at + 3 : at;
  }

  private static int lower(int c, boolean anyCase) {
    return anyCase && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  }
}
