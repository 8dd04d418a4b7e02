// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

import java.util.List;
import java.util.Locale;

/**
 * A question behind a dialogue.
 *
 * @param kind what it takes to answer it
 * @param text the question
 * @param answer the one right answer, in the one wording of training
 * @param evidence the turns that hold it; empty where nothing was told
 */
public record Question(Kind kind, String text, List<Part> answer, List<Integer> evidence) {

  /** What it takes to answer. */
  public enum Kind {
    /** One fact told once. */
    SINGLE,
    /** One date, day or hour. */
    DATED,
    /** A fact that changed: the latest value counts. */
    UPDATED,
    /** A relation and a fact about the person it leads to. */
    TWOHOP,
    /** The person for a value. */
    WHO,
    /** The same, among two with one relation. */
    WHICH,
    /** Both people with one relation. */
    BOTH,
    /** Whether a value is right. */
    YESNO,
    /** Whether a value is right that was denied. */
    NEGATED,
    /** What was never told. */
    UNKNOWN,
    /** What a tool returned. */
    TOOL,
    /** Up to three facts about one person. */
    LIST;

    /** {@return the name in tables and files} */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Question {
    answer = List.copyOf(answer);
    evidence = List.copyOf(evidence);
  }
}
