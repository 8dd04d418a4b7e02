// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab;

import io.madeleine.evaluation.dialogue.Question;

/**
 * How one question went.
 *
 * @param policy the policy
 * @param kept the share it might keep
 * @param dialogue which dialogue, from 0
 * @param kind what it took to answer
 * @param values whether everything that had to be recalled was right
 * @param whole whether the whole answer was right, word for word: greedy decoding would print it
 * @param bytesPerToken what the cache weighed, for each token of the dialogue
 */
public record Scored(
    String policy,
    double kept,
    int dialogue,
    Question.Kind kind,
    boolean values,
    boolean whole,
    double bytesPerToken) {

  /** {@return whether the dialogue holds an answer} */
  public boolean answerable() {
    return kind != Question.Kind.UNKNOWN;
  }
}
