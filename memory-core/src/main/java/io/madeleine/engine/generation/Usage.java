package io.madeleine.engine.generation;

/**
 * What an answer cost, in tokens.
 *
 * @param promptTokens tokens before the answer
 * @param cachedTokens those of them whose keys and values were there already
 * @param answerTokens tokens of the answer
 */
public record Usage(int promptTokens, int cachedTokens, int answerTokens) {

  /**
   * @throws IllegalArgumentException if more is cached than there is
   */
  public Usage {
    if (cachedTokens < 0 || cachedTokens > promptTokens || answerTokens < 0) {
      throw new IllegalArgumentException(
          "a usage needs 0 <= cached <= prompt and answer >= 0, but was cached %d, prompt %d, answer %d"
              .formatted(cachedTokens, promptTokens, answerTokens));
    }
  }
}
