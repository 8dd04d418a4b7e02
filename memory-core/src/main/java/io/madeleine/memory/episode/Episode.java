package io.madeleine.memory.episode;

import io.madeleine.engine.token.TokenSpan;

/**
 * A run of tokens between two boundaries.
 *
 * @param id of the episode, and of its stored keys and values: 32 hexadecimal digits
 * @param span positions in the conversation's token stream, prefix included
 * @param firstTurn in which it begins, from 0
 * @param lastTurn in which it ends
 */
public record Episode(String id, TokenSpan span, int firstTurn, int lastTurn) {

  /**
   * @throws IllegalArgumentException if the id is blank, the span empty or the turns run backwards
   */
  public Episode {
    if (id.isBlank() || span.length() == 0 || firstTurn < 0 || lastTurn < firstTurn) {
      throw new IllegalArgumentException(
          "an episode needs an id, at least one token and turns in order, but is '%s', %s, %d to %d"
              .formatted(id, span, firstTurn, lastTurn));
    }
  }

  /** {@return whether some token of it was said in turn {@code turn}} */
  public boolean touches(int turn) {
    return firstTurn <= turn && turn <= lastTurn;
  }
}
