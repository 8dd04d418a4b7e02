package io.madeleine.memory.placement;

import java.util.List;

/**
 * Where recalled pieces go. Between the prefix, which stays, and the recent tokens, which follow;
 * tokens that two pieces share are placed once, and tokens of the prefix not again.
 */
public enum Placement {
  /**
   * Every token keeps the position at which it was read; gaps stay. Exact for what remains; fails
   * when the history is longer than the model was trained for.
   */
  ORIGINAL,
  /**
   * Positions without gaps, in the order of time. All distances shrink, and a history of any length
   * fits.
   */
  COMPACT,
  /**
   * All recalled tokens stand at one position right behind the prefix, so that their distance is
   * the same for all and their order is lost.
   *
   * <p>Source: <a href="https://arxiv.org/abs/2407.09450">EM-LLM</a>, 2024. Deviation: the distance
   * grows by one with every new token, where theirs is clamped.
   */
  CONSTANT,
  /**
   * Every piece starts at the same position right behind the prefix; the recent tokens follow the
   * longest.
   *
   * <p>Source: Yang et al., <a href="https://arxiv.org/abs/2502.05431">APE</a>, 2025.
   */
  PARALLEL;

  /**
   * {@return new positions for every piece and for the recent tokens}
   *
   * @param prefix tokens in front that stay at positions 0 and up
   * @param pieces positions at which each recalled piece was read, ascending within a piece
   * @param recent positions at which the recent tokens were read, ascending, after all pieces
   */
  public PlacedPieces place(int prefix, List<int[]> pieces, int[] recent) {
    return PlacedPieces.of(this, prefix, pieces, recent);
  }
}
