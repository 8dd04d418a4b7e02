package io.madeleine.engine.tokenizer.word;

import static io.madeleine.engine.tokenizer.word.WordScanner.endOfContraction;
import static io.madeleine.engine.tokenizer.word.WordScanner.run;

/**
 * Tekken's and GPT-4o's words, which also end where a capital follows a small letter. With U for
 * {@code [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]} and W for {@code [\p{Ll}\p{Lm}\p{Lo}\p{M}]}: {@code
 * [^\r\n\p{L}\p{N}]?U*W+|[^\r\n\p{L}\p{N}]?U+W*|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|
 * \s+(?!\S)|\s+}.
 *
 * @param numberLength the most digits in one word: 1 for Tekken, 3 for GPT-4o
 * @param contractions whether a word takes an English contraction with it
 */
record CasedWords(int numberLength, boolean contractions) implements WordScanner {

  @Override
  public int endOfWord(int[] text, int start, int limit) {
    int end = endOfLetters(text, start, limit);
    if (end > start) {
      return contractions ? endOfContraction(text, end, limit, /* anyCase= */ true) : end;
    }
    return ModernWords.endOfRest(
        text, start, limit, numberLength, c -> Letters.isNewline(c) || c == '/');
  }

  /** {@return the end of a word of letters at {@code start}, or {@code start} if there is none} */
  private static int endOfLetters(int[] text, int start, int limit) {
    int c = text[start];
    boolean opens = !Letters.isNewline(c) && !Letters.isLetter(c) && !Letters.isNumber(c);
    if (opens && start + 1 < limit) {
      int end = endOfCased(text, start + 1, limit, /* needsLower= */ true);
      if (end > start + 1) {
        return end;
      }
    }
    int plain = endOfCased(text, start, limit, /* needsLower= */ true);
    if (plain > start) {
      return plain;
    }
    if (opens && start + 1 < limit) {
      int end = endOfCased(text, start + 1, limit, /* needsLower= */ false);
      if (end > start + 1) {
        return end;
      }
    }
    return endOfCased(text, start, limit, /* needsLower= */ false);
  }

  /** {@code U*W+}, or {@code U+W*} where no small letter is needed; {@code start} if neither. */
  private static int endOfCased(int[] text, int start, int limit, boolean needsLower) {
    int upper = run(text, start, limit, Letters::isUpper);
    int lower = run(text, upper, limit, Letters::isLower);
    if (!needsLower) {
      return upper > start ? lower : start;
    }
    if (lower > upper) {
      return lower;
    }
    // U* took everything: it gives back until W+ finds a letter without case.
    for (int at = upper; at > start; at--) {
      if (Letters.isLower(text[at - 1])) {
        return at;
      }
    }
    return start;
  }
}
