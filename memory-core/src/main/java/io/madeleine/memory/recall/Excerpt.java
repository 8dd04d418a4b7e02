package io.madeleine.memory.recall;

import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.retrieval.RankedTurn;
import java.time.Instant;
import java.util.List;

/**
 * A turn that was recalled.
 *
 * @param turn the whole turn, as it was logged
 * @param episode which episode it belongs to: turns with equal ids were said without a pause
 * @param score of its ranking; comparable within one answer only
 * @param reasons why it came back
 */
public record Excerpt(
    LoggedTurn turn, String episode, float score, List<RankedTurn.Reason> reasons) {

  public Excerpt {
    reasons = List.copyOf(reasons);
  }

  /** {@return when it began} */
  public Instant at() {
    return turn.messages().getFirst().at();
  }

  /** {@return who spoke first, empty if unknown} */
  public String speaker() {
    return turn.messages().getFirst().speaker();
  }
}
