package io.madeleine.conversation.context;

import java.util.Arrays;

/**
 * A text and the tokens that spell it.
 *
 * @param text as the template wrote it
 * @param tokens its ids
 */
@SuppressWarnings("ArrayRecordComponent") // never changed
public record Prompt(String text, int[] tokens) {

  /** Nothing. */
  public static final Prompt EMPTY = new Prompt("", new int[0]);

  /** {@return how many tokens the two begin with in common} */
  public int commonWith(Prompt other) {
    int difference = Arrays.mismatch(tokens, other.tokens);
    return difference < 0 ? tokens.length : difference;
  }

  /** {@return the first {@code count} tokens; the text only if that is all of them} */
  public Prompt first(int count) {
    return count == tokens.length ? this : new Prompt("", Arrays.copyOf(tokens, count));
  }

  /** {@return this with more behind it} */
  public Prompt plus(String moreText, int[] moreTokens) {
    int[] all = Arrays.copyOf(tokens, tokens.length + moreTokens.length);
    System.arraycopy(moreTokens, 0, all, tokens.length, moreTokens.length);
    return new Prompt(text + moreText, all);
  }
}
