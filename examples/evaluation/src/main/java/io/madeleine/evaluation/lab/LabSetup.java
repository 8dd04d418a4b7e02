// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab;

import java.util.List;

/**
 * What is measured.
 *
 * @param policies the policies; one named "full" is what the others are compared with
 * @param kept shares of the tokens that a policy may keep, each in (0, 1]
 * @param context tokens of a dialogue
 * @param dialogues how many
 * @param questions questions behind each
 * @param heldOutPhrases whether wordings are held out as well as words
 * @param seed of the first dialogue; the others follow
 */
public record LabSetup(
    List<LabPolicy> policies,
    List<Double> kept,
    int context,
    int dialogues,
    int questions,
    boolean heldOutPhrases,
    long seed) {

  public LabSetup {
    policies = List.copyOf(policies);
    kept = List.copyOf(kept);
    if (policies.isEmpty() || kept.isEmpty() || kept.stream().anyMatch(k -> k <= 0 || k > 1)) {
      throw new IllegalArgumentException(
          "a setup needs a policy and shares kept in (0, 1], but had %d policies and %s"
              .formatted(policies.size(), kept));
    }
    if (context < 64 || dialogues < 1 || questions < 1) {
      throw new IllegalArgumentException(
          "a setup needs context >= 64 tokens, and at least 1 dialogue and question, but had %d, %d, %d"
              .formatted(context, dialogues, questions));
    }
  }
}
