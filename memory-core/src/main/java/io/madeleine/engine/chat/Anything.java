package io.madeleine.engine.chat;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;

/**
 * No form at all.
 *
 * @param vocabulary how many tokens there are
 */
record Anything(int vocabulary) implements TokenMask {

  @Override
  public TokenSet allowed() {
    return TokenSet.of(vocabulary, id -> true);
  }

  @Override
  public boolean mayEnd() {
    return true;
  }

  @Override
  public void accept(int token) {}
}
