package io.madeleine.engine.tokenizer.word;

/** The Unicode classes that word patterns are written with. */
final class Letters {
  private static final int LETTER =
      1 << Character.UPPERCASE_LETTER
          | 1 << Character.LOWERCASE_LETTER
          | 1 << Character.TITLECASE_LETTER
          | 1 << Character.MODIFIER_LETTER
          | 1 << Character.OTHER_LETTER;
  private static final int NUMBER =
      1 << Character.DECIMAL_DIGIT_NUMBER
          | 1 << Character.LETTER_NUMBER
          | 1 << Character.OTHER_NUMBER;
  private static final int PUNCTUATION =
      1 << Character.CONNECTOR_PUNCTUATION
          | 1 << Character.DASH_PUNCTUATION
          | 1 << Character.START_PUNCTUATION
          | 1 << Character.END_PUNCTUATION
          | 1 << Character.INITIAL_QUOTE_PUNCTUATION
          | 1 << Character.FINAL_QUOTE_PUNCTUATION
          | 1 << Character.OTHER_PUNCTUATION;
  private static final int CASELESS =
      1 << Character.MODIFIER_LETTER
          | 1 << Character.OTHER_LETTER
          | 1 << Character.NON_SPACING_MARK
          | 1 << Character.ENCLOSING_MARK
          | 1 << Character.COMBINING_SPACING_MARK;
  private static final int UPPER =
      CASELESS | 1 << Character.UPPERCASE_LETTER | 1 << Character.TITLECASE_LETTER;
  private static final int LOWER = CASELESS | 1 << Character.LOWERCASE_LETTER;

  private Letters() {}

  private static boolean is(int point, int classes) {
    return (1 << Character.getType(point) & classes) != 0;
  }

  /** {@code \p{L}}. */
  static boolean isLetter(int point) {
    return is(point, LETTER);
  }

  /** {@code \p{N}}. */
  static boolean isNumber(int point) {
    return is(point, NUMBER);
  }

  /** {@code \p{P}}. */
  static boolean isPunctuation(int point) {
    return is(point, PUNCTUATION);
  }

  /** {@code [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]}: what may stand where a word has capitals. */
  static boolean isUpper(int point) {
    return is(point, UPPER);
  }

  /** {@code [\p{Ll}\p{Lm}\p{Lo}\p{M}]}: what may stand where a word has small letters. */
  static boolean isLower(int point) {
    return is(point, LOWER);
  }

  /** {@code \s}: Unicode's White_Space, which is not Java's notion of it. */
  static boolean isSpace(int point) {
    return (point >= 0x09 && point <= 0x0D)
        || point == 0x20
        || point == 0x85
        || point == 0xA0
        || (point >= 0x1680 && Character.isSpaceChar(point));
  }

  static boolean isNewline(int point) {
    return point == '\r' || point == '\n';
  }

  /** {@code [^\s\p{L}\p{N}]}. */
  static boolean isSymbol(int point) {
    return !isSpace(point) && !isLetter(point) && !isNumber(point);
  }
}
