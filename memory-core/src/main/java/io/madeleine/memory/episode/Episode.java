package io.madeleine.memory.episode;

import io.madeleine.engine.token.TokenSpan;

/**
 * A run of tokens between two boundaries.
 *
 * @param id of the episode, and of its stored keys and values: 32 hexadecimal digits
 * @param span positions in the conversation's token stream, prefix included
 * @param firstTurn in which it begins, from 0
 * @param lastTurn in which it ends
 * @param kept tokens that each head holds of it on average, rounded up; the span's length unless it
 *     was compressed
 */
public record Episode(String id, TokenSpan span, int firstTurn, int lastTurn, int kept) {

  /** An episode that is kept whole. */
  public Episode(String id, TokenSpan span, int firstTurn, int lastTurn) {
    this(id, span, firstTurn, lastTurn, span.length());
  }

  /**
   * @throws IllegalArgumentException if the id is blank, the span empty, the turns run backwards or
   *     more is kept than there is
   */
  public Episode {
    if (id.isBlank()
        || span.length() == 0
        || firstTurn < 0
        || lastTurn < firstTurn
        || kept < 0
        || kept > span.length()) {
      throw new IllegalArgumentException(
          "an episode needs an id, at least one token, turns in order and no more kept than it has, but is '%s', %s, %d to %d, %d kept"
              .formatted(id, span, firstTurn, lastTurn, kept));
    }
  }

  /** {@return whether some token of it was said in turn {@code turn}} */
  public boolean touches(int turn) {
    return firstTurn <= turn && turn <= lastTurn;
  }
}
