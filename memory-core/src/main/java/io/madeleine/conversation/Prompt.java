package io.madeleine.conversation;

import java.util.Arrays;

/**
 * A text and the tokens that spell it.
 *
 * @param text as the template wrote it
 * @param tokens its ids
 */
@SuppressWarnings("ArrayRecordComponent") // stays in this package, never changed
record Prompt(String text, int[] tokens) {

  static final Prompt EMPTY = new Prompt("", new int[0]);

  /** {@return how many tokens the two begin with in common} */
  int commonWith(Prompt other) {
    int difference = Arrays.mismatch(tokens, other.tokens);
    return difference < 0 ? tokens.length : difference;
  }

  /** {@return the first {@code count} tokens; the text only if that is all of them} */
  Prompt first(int count) {
    return count == tokens.length ? this : new Prompt("", Arrays.copyOf(tokens, count));
  }

  /** {@return the tokens from {@code start} on} */
  int[] from(int start) {
    return Arrays.copyOfRange(tokens, start, tokens.length);
  }

  /** {@return this with more behind it} */
  Prompt plus(String moreText, int[] moreTokens) {
    int[] all = Arrays.copyOf(tokens, tokens.length + moreTokens.length);
    System.arraycopy(moreTokens, 0, all, tokens.length, moreTokens.length);
    return new Prompt(text + moreText, all);
  }
}
