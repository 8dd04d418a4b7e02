package io.madeleine.conversation.mind.line;

import java.util.Arrays;

/** Collects the tokens of the running turn, and how much each surprised the model. */
public final class TurnTokensWriter {

  private int[] tokens = new int[64];
  private float[] nats = new float[64];
  private int count;

  public void add(int[] more, float[] surprisal) {
    if (count + more.length > tokens.length) {
      int room = Math.max(count + more.length, 2 * tokens.length);
      tokens = Arrays.copyOf(tokens, room);
      nats = Arrays.copyOf(nats, room);
    }
    System.arraycopy(more, 0, tokens, count, more.length);
    System.arraycopy(surprisal, 0, nats, count, more.length);
    count += more.length;
  }

  /** Drops the last tokens. */
  public void takeBack(int tokens) {
    count -= tokens;
  }

  public int count() {
    return count;
  }

  public TokenLine.TurnTokens turn() {
    return new TokenLine.TurnTokens(Arrays.copyOf(tokens, count), Arrays.copyOf(nats, count));
  }
}
