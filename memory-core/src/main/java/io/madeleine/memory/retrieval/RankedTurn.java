package io.madeleine.memory.retrieval;

import java.util.List;

/**
 * A turn that was found.
 *
 * @param sequence the log's
 * @param score higher is better; comparable within one answer only
 * @param reasons why, most telling first
 */
public record RankedTurn(long sequence, float score, List<Reason> reasons) {

  public RankedTurn {
    reasons = List.copyOf(reasons);
  }

  /** Why a turn came back. */
  public enum Reason {
    /** It says who "my sister" is, or tells of her by name. */
    NAME,
    /** It says the question's words. */
    WORDS,
    /** It means something alike. */
    MEANING,
    /** The turns around it do. */
    SURROUNDINGS,
    /** The question names who said it. */
    SPEAKER,
    /** It was said at the time that the question names. */
    TIME
  }
}
