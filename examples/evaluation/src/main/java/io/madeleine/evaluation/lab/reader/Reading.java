// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.reader;

import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.dialogue.Question;
import java.util.Arrays;
import java.util.List;

/**
 * A dialogue as a model reads it.
 *
 * @param tokens all ids
 * @param turns the tokens of each turn
 * @param segments the tokens of each run of turns on one topic
 * @param segmentOfTurn which segment a turn belongs to
 * @param questions the questions, ready to be asked
 */
@SuppressWarnings("ArrayRecordComponent") // ids go to the engine, which takes arrays
public record Reading(
    int[] tokens,
    List<TokenSpan> turns,
    List<TokenSpan> segments,
    List<Integer> segmentOfTurn,
    List<Asked> questions) {

  /**
   * A question in ids.
   *
   * @param question the question
   * @param prompt ids that ask it, up to where the answer begins
   * @param answer ids of the right answer
   * @param value for each id of the answer, whether it belongs to what has to be recalled
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  public record Asked(Question question, int[] prompt, int[] answer, boolean[] value) {}

  /** {@return the tokens of a turn; a copy} */
  public int[] tokensOf(int turn) {
    return Arrays.copyOfRange(tokens, turns.get(turn).start(), turns.get(turn).end());
  }

  public Reading {
    turns = List.copyOf(turns);
    segments = List.copyOf(segments);
    segmentOfTurn = List.copyOf(segmentOfTurn);
    questions = List.copyOf(questions);
  }
}
