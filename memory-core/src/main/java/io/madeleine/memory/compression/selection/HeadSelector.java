package io.madeleine.memory.compression.selection;

import io.madeleine.memory.compression.budget.BudgetTooSmallException;
import io.madeleine.memory.compression.signal.Signal;
import java.util.Set;

/** How the heads of a layer share its budget, and which of their slots stay. */
public sealed interface HeadSelector {

  /** {@return the signals that the rule reads beyond importance} */
  default Set<Signal> needs() {
    return Set.of();
  }

  /**
   * {@return the kept slots of each head, strictly ascending}
   *
   * @param budget slots for all heads together
   * @throws BudgetTooSmallException if more is protected than the budget holds
   */
  default int[][] select(LayerScores layer, long budget) {
    return Selections.of(this, layer, budget);
  }

  /** Every head keeps the same count: its own best. */
  record PerHead() implements HeadSelector {}

  /**
   * All heads' slots compete; each head keeps at least {@code floorShare} of an even share, by its
   * own best.
   *
   * <p>Source: Feng et al., <a href="https://arxiv.org/abs/2407.11550">AdaKV</a>, 2024, with floor
   * share 0.2; with 0 it is EpiCache's selection of pairs, save that no head falls to zero where
   * the budget has a slot for each.
   *
   * @param floorShare 0 to 1
   */
  record Joint(double floorShare) implements HeadSelector {

    /**
     * @throws IllegalArgumentException if the floor does not lie in [0, 1]
     */
    public Joint {
      if (!(floorShare >= 0 && floorShare <= 1)) {
        throw new IllegalArgumentException(
            "a head's floor is a share between 0 and 1, but is " + floorShare);
      }
    }
  }

  /**
   * All heads keep one common set, by the mean of their importances. Heads must be equally long.
   */
  record Shared() implements HeadSelector {}

  /**
   * A first share by {@code base} alone; the rest by importance times {@code ‖W_o v‖₁}, the length
   * of what the slot would add to the layer's output.
   *
   * <p>Source: Feng et al., <a href="https://arxiv.org/abs/2502.03805">CriticalKV</a>, 2025; over a
   * joint selector it is CriticalAdaKV.
   *
   * @param base that both stages select with
   * @param firstShare of the budget, 0 to 1; the paper's 0.5
   */
  record Critical(HeadSelector base, double firstShare) implements HeadSelector {

    /**
     * @throws IllegalArgumentException if the share does not lie in [0, 1]
     */
    public Critical {
      if (!(firstShare >= 0 && firstShare <= 1)) {
        throw new IllegalArgumentException(
            "the first stage gets a share between 0 and 1, but gets " + firstShare);
      }
    }

    @Override
    public Set<Signal> needs() {
      return Set.of(Signal.OUTPUT_NORMS);
    }
  }

  /**
   * Whole blocks of slots: a first share by their mean importance, the rest evenly along the
   * Hamming distance of their bit patterns to an alternating one, so that the kept blocks differ.
   *
   * <p>Source: Jha et al., <a href="https://arxiv.org/abs/2503.00022">KVCrush</a>, 2025. A slot's
   * bit says whether it belongs to the better half of its head. Deviation: the last block kept may
   * be cut to meet the budget exactly.
   *
   * @param block slots in a block, at least 2
   * @param firstShare of the budget, 0 to 1
   */
  record DiverseBlocks(int block, double firstShare) implements HeadSelector {

    /**
     * @throws IllegalArgumentException if {@code block} is below 2 or the share not in [0, 1]
     */
    public DiverseBlocks {
      if (block < 2 || !(firstShare >= 0 && firstShare <= 1)) {
        throw new IllegalArgumentException(
            "diverse blocks need at least 2 slots and a share between 0 and 1, but have %d and %s"
                .formatted(block, firstShare));
      }
    }
  }

  /**
   * Heads that look things up share what is left after the others have got {@code otherShare} of an
   * even share each.
   *
   * <p>Source: Tang et al., <a href="https://arxiv.org/abs/2407.15891">RazorAttention</a>, 2024,
   * and Xiao et al., <a href="https://arxiv.org/abs/2410.10819">DuoAttention</a>, 2024. Deviation:
   * the budget decides how much retrieval heads keep; the papers keep all of it.
   *
   * @param retrievalShare of the heads that count as looking things up, above 0, at most 1
   * @param otherShare of an even share for each other head, 0 to 1
   */
  record RetrievalHeads(double retrievalShare, double otherShare) implements HeadSelector {

    /**
     * @throws IllegalArgumentException if a share lies outside of its range
     */
    public RetrievalHeads {
      if (!(retrievalShare > 0 && retrievalShare <= 1) || !(otherShare >= 0 && otherShare <= 1)) {
        throw new IllegalArgumentException(
            "shares of heads and budget lie between 0 and 1, but are %s and %s"
                .formatted(retrievalShare, otherShare));
      }
    }

    @Override
    public Set<Signal> needs() {
      return Set.of(Signal.RETRIEVAL_PROFILE);
    }
  }
}
