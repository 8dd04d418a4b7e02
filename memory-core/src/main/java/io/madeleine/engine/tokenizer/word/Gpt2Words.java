package io.madeleine.engine.tokenizer.word;

import static io.madeleine.engine.tokenizer.word.WordScanner.endOfContraction;
import static io.madeleine.engine.tokenizer.word.WordScanner.endOfSpace;
import static io.madeleine.engine.tokenizer.word.WordScanner.run;

/**
 * GPT-2's words: {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+|
 * ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}.
 */
record Gpt2Words() implements WordScanner {

  @Override
  public int endOfWord(int[] text, int start, int limit) {
    int contraction = endOfContraction(text, start, limit, /* anyCase= */ false);
    if (contraction > start) {
      return contraction;
    }
    int first = text[start] == ' ' && start + 1 < limit ? start + 1 : start;
    int c = text[first];
    if (Letters.isLetter(c)) {
      return run(text, first, limit, Letters::isLetter);
    }
    if (Letters.isNumber(c)) {
      return run(text, first, limit, Letters::isNumber);
    }
    if (Letters.isSymbol(c)) {
      return run(text, first, limit, Letters::isSymbol);
    }
    return endOfSpace(text, start, limit);
  }
}
