package io.madeleine.engine.generation;

/**
 * What may come next, so that the whole will have a form. Not thread-safe: a mask belongs to one
 * sequence.
 */
public interface TokenMask {

  /** {@return the ids that may come next; empty only when {@link #mayEnd()}} */
  TokenSet allowed();

  /** {@return whether the text so far has the form, so that the model may stop} */
  boolean mayEnd();

  /**
   * Moves on behind {@code token}.
   *
   * @throws IllegalArgumentException if {@code token} is not {@link #allowed()}
   */
  void accept(int token);

  /**
   * {@return whether the model may reason before what has the form} Where it may not, reasoning
   * that the prompt opens must be over before the first token.
   */
  default boolean letsReason() {
    return false;
  }
}
