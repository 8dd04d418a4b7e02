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
 * @param f1 token F1 of the answer; 0 or 1 where answers are not graded
 * @param evidence share of the evidence's tokens that the cache still held, over layers and heads;
 *     1 where there is none
 * @param bytesPerToken what the cache weighed, for each token of the dialogue
 */
public record Scored(
    String policy,
    double kept,
    int dialogue,
    Question.Kind kind,
    boolean values,
    boolean whole,
    double f1,
    double evidence,
    double bytesPerToken) {

  /** {@return whether the dialogue holds an answer} */
  public boolean answerable() {
    return kind != Question.Kind.UNKNOWN;
  }
}
