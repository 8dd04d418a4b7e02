// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.report;

import java.util.Map;

/**
 * How a policy did.
 *
 * @param policy the policy
 * @param kept the share of the tokens that it kept
 * @param context tokens of a dialogue
 * @param questions answerable questions asked
 * @param accuracy share of them whose values were all recalled
 * @param interval 95 % interval of the accuracy
 * @param whole share whose whole answer was right, word for word
 * @param f1 mean token F1 of the answers; the accuracy where answers are not graded
 * @param evidence mean share of the evidence's tokens that the cache held when the question was
 *     asked; where tokens were moved and heads hold different ones, as in topics and in episodes
 *     that were made smaller, a token counts that any head holds; what layers recall for themselves
 *     while it is answered is not in it
 * @param ofFull accuracy divided by that of the full cache; 0 if that answers nothing
 * @param ofFullInterval 95 % interval of that, over the same dialogues
 * @param points accuracy minus that of the full cache, in points of 100
 * @param pointsInterval 95 % interval of that, over the same dialogues
 * @param bytesPerToken bytes that the cache weighed, for each token of the dialogue
 * @param kinds accuracy and number of questions of each kind, the unanswerable ones too
 */
public record LabRow(
    String policy,
    double kept,
    int context,
    int questions,
    double accuracy,
    Bootstrap.Interval interval,
    double whole,
    double f1,
    double evidence,
    double ofFull,
    Bootstrap.Interval ofFullInterval,
    double points,
    Bootstrap.Interval pointsInterval,
    double bytesPerToken,
    Map<String, Kind> kinds) {

  /**
   * One kind of question.
   *
   * @param questions how many
   * @param accuracy share of them whose values were all recalled
   * @param whole share whose whole answer was right, word for word
   */
  public record Kind(int questions, double accuracy, double whole) {}
}
