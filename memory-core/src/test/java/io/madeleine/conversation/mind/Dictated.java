package io.madeleine.conversation.mind;

import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import java.util.Optional;
import java.util.Set;

/** Lets the model choose these tokens and no others. */
final class Dictated implements TokenMask {

  private final int[] tokens;
  private int next;

  private Dictated(int[] tokens) {
    this.tokens = tokens;
  }

  /** {@return options under which the model says {@code tokens}} */
  static GenerationOptions options(int[] tokens, StopRule stop) {
    return new GenerationOptions(
        SamplingOptions.GREEDY, stop, Optional.of(new Dictated(tokens)), -1, id -> false, Set.of());
  }

  @Override
  public TokenSet allowed() {
    int token = tokens[next];
    return TokenSet.of(token + 1, id -> id == token);
  }

  @Override
  public boolean mayEnd() {
    return false;
  }

  @Override
  public void accept(int token) {
    next++;
  }

  @Override
  public boolean letsReason() {
    return true;
  }
}
