package io.madeleine.conversation.episodic;

import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.surprise.Surprisal;
import java.util.Arrays;

/** All tokens of a conversation, and the surprisal of those of the running turn. */
final class TokenStream {

  private SpanId last;
  private int[] tokens;
  private float[] surprisal = {};
  private int length;
  private int turnStart;
  private int turnBegan;
  private int turn;

  /**
   * @param told what was said behind the prefix and lies in closed episodes
   * @param turn that is said next
   */
  TokenStream(SpanId root, int[] prefix, int[] told, int turn) {
    this.last = root.then(prefix);
    this.length = prefix.length + told.length;
    this.tokens = Arrays.copyOf(prefix, length);
    System.arraycopy(told, 0, tokens, prefix.length, told.length);
    this.turnStart = length;
    this.turnBegan = length;
    this.turn = turn;
  }

  void add(int[] more, float[] nats) {
    tokens = grown(tokens, length + more.length);
    System.arraycopy(more, 0, tokens, length, more.length);
    int known = length - turnStart;
    surprisal = Arrays.copyOf(surprisal, known + more.length);
    System.arraycopy(nats, 0, surprisal, known, nats.length);
    if (known == 0 && more.length > 1) {
      surprisal[0] = Surprisal.UNKNOWN;
    }
    length += more.length;
  }

  /** The last tokens of the running turn were not said. */
  void takeBack(int count) {
    length -= count;
    surprisal = Arrays.copyOf(surprisal, surprisal.length - count);
  }

  void endTurn() {
    endPart();
    turnBegan = length;
    turn++;
  }

  /** What was read of the running turn is over, and more of it follows. */
  void endPart() {
    surprisal = new float[0];
    turnStart = length;
  }

  /** What follows belongs to this turn. */
  void goTo(int nextTurn) {
    turn = nextTurn;
  }

  /** Goes on behind an episode that was closed before. */
  void goOnAfter(SpanId episode) {
    last = episode;
  }

  /** {@return the address of the next episode: its tokens behind all closed before it} */
  SpanId close(TokenSpan span) {
    last = last.then(tokens(span.start(), span.end()));
    return last;
  }

  int token(int position) {
    return tokens[position];
  }

  int[] tokens(int from, int to) {
    return Arrays.copyOfRange(tokens, from, to);
  }

  int length() {
    return length;
  }

  /** {@return where what was read of the running turn since its last part begins} */
  int turnStart() {
    return turnStart;
  }

  /** {@return where the running turn begins, of which parts may be over} */
  int turnBegan() {
    return turnBegan;
  }

  int turnTokens() {
    return length - turnStart;
  }

  float[] turnSurprisal() {
    return surprisal;
  }

  int turn() {
    return turn;
  }

  private static int[] grown(int[] array, int needed) {
    return needed <= array.length
        ? array
        : Arrays.copyOf(array, Math.max(needed, array.length + array.length / 2));
  }
}
