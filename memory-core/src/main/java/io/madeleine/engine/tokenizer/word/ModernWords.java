package io.madeleine.engine.tokenizer.word;

import static io.madeleine.engine.tokenizer.word.WordScanner.endOfContraction;
import static io.madeleine.engine.tokenizer.word.WordScanner.endOfSpace;
import static io.madeleine.engine.tokenizer.word.WordScanner.run;

/**
 * Llama 3's and Qwen's words: {@code
 * (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
 * ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}.
 *
 * @param numberLength the most digits in one word: 3 for Llama 3, 1 for Qwen
 */
record ModernWords(int numberLength) implements WordScanner {

  @Override
  public int endOfWord(int[] text, int start, int limit) {
    int contraction = endOfContraction(text, start, limit, /* anyCase= */ true);
    if (contraction > start) {
      return contraction;
    }
    int letters = startOfLetters(text, start, limit);
    if (letters < limit) {
      return run(text, letters, limit, Letters::isLetter);
    }
    return endOfRest(text, start, limit, numberLength, Letters::isNewline);
  }

  /** {@return where letters begin, after one other character at most; the limit if they do not} */
  private static int startOfLetters(int[] text, int start, int limit) {
    int c = text[start];
    if (Letters.isLetter(c)) {
      return start;
    }
    boolean opens = !Letters.isNewline(c) && !Letters.isNumber(c);
    return opens && start + 1 < limit && Letters.isLetter(text[start + 1]) ? start + 1 : limit;
  }

  /** The alternatives after those with letters: numbers, symbols, line ends, white space. */
  static int endOfRest(
      int[] text, int start, int limit, int numbers, java.util.function.IntPredicate tail) {
    if (Letters.isNumber(text[start])) {
      return run(text, start, Math.min(limit, start + numbers), Letters::isNumber);
    }
    int first = text[start] == ' ' && start + 1 < limit ? start + 1 : start;
    if (Letters.isSymbol(text[first])) {
      int symbols = run(text, first, limit, Letters::isSymbol);
      return run(text, symbols, limit, tail);
    }
    int space = run(text, start, limit, Letters::isSpace);
    for (int at = space; at > start; at--) {
      if (Letters.isNewline(text[at - 1])) {
        return at;
      }
    }
    return endOfSpace(text, start, limit);
  }
}
