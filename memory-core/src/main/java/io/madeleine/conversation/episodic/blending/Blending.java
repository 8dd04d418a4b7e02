package io.madeleine.conversation.episodic.blending;

import io.madeleine.memory.placement.Placement;

/**
 * What is done so that recalled keys and values, which never saw what stands before them now, fit
 * in better.
 *
 * @param temperature by which the attention to recalled tokens is divided before the softmax: below
 *     1 it grows sharper; 1 leaves it alone. Source: Yang et al., <a
 *     href="https://arxiv.org/abs/2502.05431">APE</a>, 2025, which uses 0.9. Deviation: their
 *     second factor, on the whole mass of the recalled part, is left out: it is no property of a
 *     key
 * @param reread share of the recalled tokens that is read again where they stand now, 0 to 1.
 *     Source: Yao et al., <a href="https://arxiv.org/abs/2405.16444">CacheBlend</a>, 2025, which
 *     rereads 5 to 20 %
 * @param choice which tokens these are
 * @param offset share of the change of the tokens that are read again by which the others of the
 *     episode are moved, 0 to 1; see {@link OffsetCorrection}
 */
public record Blending(double temperature, double reread, Choice choice, double offset) {

  /** Which tokens are read again. */
  public enum Choice {
    /** The first ones of each piece, which lack what stands before them most. Costs nothing. */
    FIRST,
    /**
     * Those of all pieces whose values change most in the second layer when the pieces are read
     * where they stand now, as CacheBlend does; the first ones of a model that has one layer. Costs
     * a pass of two layers over all of them, and then a pass for every run of chosen tokens: they
     * lie scattered, so that a share of 0.15 may take longer than reading everything again at once.
     * For measuring what the choice is worth, on engines that do it layer by layer.
     */
    CHANGED
  }

  /** Keys and values as they are. */
  public static final Blending NONE = new Blending(1, 0);

  /** The first tokens are read again; the others stay as they are. */
  public Blending(double temperature, double reread) {
    this(temperature, reread, Choice.FIRST, 0);
  }

  /**
   * @throws IllegalArgumentException if the temperature is not above 0, a share not in [0, 1], or
   *     tokens are to be moved where the first ones are not read again
   */
  public Blending {
    if (!(temperature > 0) || !(reread >= 0 && reread <= 1)) {
      throw new IllegalArgumentException(
          "the temperature must be above 0 and the share read again between 0 and 1, but are %s and %s"
              .formatted(temperature, reread));
    }
    if (!(offset >= 0 && offset <= 1) || (offset > 0 && reread == 0)) {
      throw new IllegalArgumentException(
          "the share of the change must lie between 0 and 1, and above 0 only where tokens are read again, but is %s with %s read again"
              .formatted(offset, reread));
    }
    if (offset > 0 && choice != Choice.FIRST) {
      throw new IllegalArgumentException(
          "tokens can only be moved by the change of the first ones, but %s are read again: use FIRST"
              .formatted(choice));
    }
  }

  /**
   * @throws IllegalArgumentException if recalled tokens cannot be read again at such positions
   */
  public void requireFits(Placement placement) {
    boolean inOrder = placement == Placement.COMPACT || placement == Placement.ORIGINAL;
    if (reread > 0 && !inOrder) {
      throw new IllegalArgumentException(
          "tokens can only be read again where every one has a position of its own, so not with %s: use COMPACT or ORIGINAL"
              .formatted(placement));
    }
  }

  /** {@return how many of so many tokens are read again} */
  int rereadOf(int tokens) {
    return (int) Math.ceil(reread * tokens - 1e-9);
  }
}
