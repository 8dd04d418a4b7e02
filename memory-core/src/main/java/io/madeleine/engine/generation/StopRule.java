package io.madeleine.engine.generation;

import java.util.List;
import java.util.Set;

/**
 * When to stop.
 *
 * @param ids tokens that end the answer and are no part of it
 * @param texts texts that end the answer and are no part of it, wherever tokens begin and end
 * @param maxTokens the most tokens in the answer, at least 1
 */
public record StopRule(Set<Integer> ids, List<String> texts, int maxTokens) {

  /**
   * @throws IllegalArgumentException if a text is empty or {@code maxTokens} is below 1
   */
  public StopRule {
    ids = Set.copyOf(ids);
    texts = List.copyOf(texts);
    if (texts.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("a stop text must not be empty: it would stop at once");
    }
    if (maxTokens < 1) {
      throw new IllegalArgumentException("maxTokens must be at least 1, but was " + maxTokens);
    }
  }

  /** {@return a rule that stops at {@code id} or after {@code maxTokens}} */
  public static StopRule at(int id, int maxTokens) {
    return new StopRule(Set.of(id), List.of(), maxTokens);
  }
}
