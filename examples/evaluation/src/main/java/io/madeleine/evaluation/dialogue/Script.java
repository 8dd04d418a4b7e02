// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.dialogue;

/**
 * How a dialogue is to be told.
 *
 * @param length it ends with the first turn that reaches this length
 * @param heldOutPhrases whether statements and questions use wordings that training never shows;
 *     words are held out always
 * @param echo how many of 100 statements the helper repeats
 * @param smallTalk how many of 100 turns are small talk
 */
public record Script(int length, boolean heldOutPhrases, int echo, int smallTalk) {

  public Script {
    if (length < 1 || echo < 0 || echo > 100 || smallTalk < 0 || smallTalk > 100) {
      throw new IllegalArgumentException(
          "a script needs length >= 1 and chances of 0..100, but had length %d, echo %d, small talk %d"
              .formatted(length, echo, smallTalk));
    }
  }

  /** The script of the measurements. */
  public Script(int length, boolean heldOutPhrases) {
    this(length, heldOutPhrases, 15, 8);
  }
}
