package io.madeleine.engine.generation;

import java.util.function.Function;

/**
 * A mask that says in its asker's words why it cannot go on: a schema may turn out too ambiguous
 * only behind the first words. Not thread-safe, like any mask.
 *
 * @param mask does the work
 * @param blame makes of what the mask throws what is thrown instead, which names what was asked for
 */
public record BlamingMask(
    TokenMask mask, Function<IllegalArgumentException, ? extends RuntimeException> blame)
    implements TokenMask {

  @Override
  public TokenSet allowed() {
    try {
      return mask.allowed();
    } catch (IllegalArgumentException e) {
      throw blame.apply(e);
    }
  }

  @Override
  public boolean mayEnd() {
    return mask.mayEnd();
  }

  @Override
  public void accept(int token) {
    mask.accept(token);
  }

  @Override
  public boolean letsReason() {
    return mask.letsReason();
  }
}
