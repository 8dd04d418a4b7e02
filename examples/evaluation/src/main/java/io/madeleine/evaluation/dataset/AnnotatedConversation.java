package io.madeleine.evaluation.dataset;

import java.time.Instant;
import java.util.List;

/**
 * A long conversation and questions about it.
 *
 * @param id as published
 * @param turns of all sessions, in order
 * @param questions with the turns that answer them
 */
public record AnnotatedConversation(String id, List<Turn> turns, List<Question> questions) {

  public AnnotatedConversation {
    turns = List.copyOf(turns);
    questions = List.copyOf(questions);
  }

  /**
   * What one person said.
   *
   * @param id as published
   * @param session number of its session, from 0
   * @param at the session's date, a second later for each turn
   * @param speaker as published
   * @param text {@code speaker: text [image: caption]}
   */
  public record Turn(String id, int session, Instant at, String speaker, String text) {}

  /**
   * A question.
   *
   * @param text the question
   * @param answer as published; empty where there is none
   * @param category as published
   * @param evidence places in {@link AnnotatedConversation#turns}; never empty
   */
  public record Question(String text, String answer, String category, List<Integer> evidence) {
    public Question {
      evidence = List.copyOf(evidence);
    }

    /** {@return whether the conversation answers it} */
    public boolean answerable() {
      return !category.equals("adversarial");
    }
  }
}
