package io.madeleine.conversation.episodic;

/** What a conversation said before, as tokens. Immutable. */
public final class Past {

  private final int[] tokens;
  private final int turns;

  private Past(int[] tokens, int turns) {
    this.tokens = tokens;
    this.turns = turns;
  }

  /** {@return the past of a new conversation} */
  public static Past none() {
    return new Past(new int[0], 0);
  }

  /**
   * {@return a past of so many whole turns}
   *
   * @param tokens behind the prefix, all turns after one another
   */
  public static Past of(int[] tokens, int turns) {
    return new Past(tokens.clone(), turns);
  }

  int tokens() {
    return tokens.length;
  }

  int turns() {
    return turns;
  }

  void copyTo(int[] array, int at) {
    System.arraycopy(tokens, 0, array, at, tokens.length);
  }
}
