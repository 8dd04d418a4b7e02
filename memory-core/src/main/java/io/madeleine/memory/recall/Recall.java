package io.madeleine.memory.recall;

import java.time.ZoneId;
import java.util.List;

/**
 * What came back for a question.
 *
 * @param question what was asked
 * @param excerpts in the order in which they were said
 * @param tokens how many tokens their texts take together
 * @param budget how many they might have taken
 */
public record Recall(String question, List<Excerpt> excerpts, int tokens, int budget) {

  public Recall {
    excerpts = List.copyOf(excerpts);
  }

  /**
   * {@return the excerpts as one block for a prompt, quoted so that nothing inside can end the
   * block, open a turn of its own or pass for an instruction's frame; empty if there are none}
   *
   * @param zone whose dates are written
   */
  public String fenced(ZoneId zone) {
    return excerpts.isEmpty() ? "" : Fence.around(excerpts, zone);
  }
}
