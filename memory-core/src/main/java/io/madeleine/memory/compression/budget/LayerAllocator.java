package io.madeleine.memory.compression.budget;

import io.madeleine.memory.compression.signal.Signal;
import java.util.List;
import java.util.Set;

/**
 * How a budget is shared between layers. Whatever the rule, the shares add up to the budget
 * exactly, no layer gets more than it holds, and none less than it must keep.
 */
public sealed interface LayerAllocator {

  /** {@return the signals that the rule reads beyond the scores} */
  default Set<Signal> needs() {
    return Set.of();
  }

  /**
   * {@return slots for each layer}
   *
   * @throws BudgetTooSmallException if the protected slots exceed {@code total}
   */
  default long[] share(List<LayerDemand> layers, long total) {
    return LayerShares.of(this, layers, total);
  }

  /** The same for every layer. */
  record Uniform() implements LayerAllocator {}

  /**
   * Falls in a straight line from the first layer to the last.
   *
   * <p>Source: Cai et al., <a href="https://arxiv.org/abs/2406.02069">PyramidKV</a>, 2024: the last
   * layer gets {@code (M − window)/β} beyond nothing, the first as much above the mean as the last
   * lies below it. As in kvpress the rule gives way to an even share where the last layer would
   * fall below the window, that is at small budgets.
   *
   * @param window tokens that every layer keeps, at least 0
   * @param beta steepness, above 1; the paper's 20
   */
  record Pyramid(int window, double beta) implements LayerAllocator {

    /**
     * @throws IllegalArgumentException if {@code beta} is not above 1 or {@code window} negative
     */
    public Pyramid {
      if (!(beta > 1) || window < 0) {
        throw new IllegalArgumentException(
            "a pyramid needs beta above 1 and no negative window, but has %s and %d"
                .formatted(beta, window));
      }
    }
  }

  /**
   * More for layers whose keys change most when the context is read in blocks with eviction: {@code
   * (1 − σ_l)^α}, with a floor of {@code floorShare} of an even share.
   *
   * <p>Source: EpiCache, <a href="https://arxiv.org/abs/2509.17396">Kim et al.</a>, 2025, the
   * paper's form. Deviation: floor and cap hold exactly by water-filling, where the authors' code
   * overspends by up to 9 %.
   *
   * @param similarity σ of each layer, 0 to 1, from one calibration text
   * @param alpha sharpness; 2 to 4 in the paper's ablation
   * @param floorShare of an even share that every layer gets at least, 0 to 1
   */
  record Sensitivity(List<Double> similarity, double alpha, double floorShare)
      implements LayerAllocator {

    /**
     * @throws IllegalArgumentException if a similarity or the floor does not lie in [0, 1]
     */
    public Sensitivity {
      similarity = List.copyOf(similarity);
      for (double sigma : similarity) {
        if (!(sigma >= -1 && sigma <= 1)) {
          throw new IllegalArgumentException(
              "a layer's key similarity is a cosine, but one is " + sigma);
        }
      }
      if (!(floorShare >= 0 && floorShare <= 1)) {
        throw new IllegalArgumentException(
            "the floor's share must lie between 0 and 1, but is " + floorShare);
      }
    }
  }

  /**
   * Layers compete with all their slots' importances for the whole budget.
   *
   * <p>Source: the non-uniform mode of <a href="https://arxiv.org/abs/2505.23416">KVzip</a>, 2025.
   */
  record Global() implements LayerAllocator {}

  /**
   * One share of each layer's importance is kept everywhere, found by bisection: layers whose
   * importance sits in few slots need few.
   *
   * <p>Source: Wang et al., <a href="https://arxiv.org/abs/2412.03409">PrefixKV</a>, 2024.
   */
  record PrefixMass() implements LayerAllocator {}

  /**
   * Layers fall into groups where the matrix entropy of their keys drops by more than {@code step};
   * each group gets {@code decay} of the one before.
   *
   * <p>Source: Xiong et al., <a href="https://arxiv.org/abs/2410.03090">UNComp</a>, 2024.
   * Deviation: entropy of the cached keys instead of hidden states, and no grouping of heads.
   *
   * @param step drop in nats that opens a group
   * @param decay share of the group before, above 0, at most 1
   */
  record EntropyGroups(double step, double decay) implements LayerAllocator {

    /**
     * @throws IllegalArgumentException if {@code decay} does not lie in (0, 1]
     */
    public EntropyGroups {
      if (!(decay > 0 && decay <= 1)) {
        throw new IllegalArgumentException(
            "a group's decay must lie above 0 and at most at 1, but is " + decay);
      }
    }

    @Override
    public Set<Signal> needs() {
      return Set.of(Signal.KEYS);
    }
  }
}
