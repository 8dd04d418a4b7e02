package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.Signal;
import java.util.Set;

/**
 * Scorers that read attention: what the queries so far, or the last few, looked at. They know what
 * mattered until now, and guess from it what will.
 */
public sealed interface AttentionScorer extends KvScorer {

  /** Keys and the queries of the last tokens. */
  Set<Signal> WINDOW = Set.of(Signal.KEYS, Signal.WINDOW_QUERIES);

  /**
   * Mean attention received from all queries that could see the slot.
   *
   * <p>Source: Zhang et al., <a href="https://arxiv.org/abs/2306.14048">H2O</a>, 2023. Deviation:
   * the paper adds up, which favours age (under even attention token 1 collects 371 times what
   * token 4000 of 4096 does); we divide by the count of queries, as kvpress does. The half of the
   * budget for recent tokens is the policy's.
   */
  record HeavyHitters() implements AttentionScorer {
    @Override
    public Set<Signal> needs() {
      return Set.of(Signal.ACCUMULATED_ATTENTION);
    }
  }

  /**
   * Slots that were under-attended in the fewest of the last queries stay: the count of queries
   * {@code t} with attention below {@code 1/t}, negative.
   *
   * <p>Source: Liu et al., <a href="https://arxiv.org/abs/2305.17118">Scissorhands</a>, 2023.
   * Deviation: counts tie often, so mean attention, always below 1, decides among equals.
   */
  record Persistence() implements AttentionScorer {
    @Override
    public Set<Signal> needs() {
      return WINDOW;
    }
  }

  /**
   * Attention of the last query, mean over the group. With a selector that shares one set over the
   * heads of a layer it is the mean over all query heads, as the paper has it.
   *
   * <p>Source: Oren et al., <a href="https://arxiv.org/abs/2401.06104">TOVA</a>, 2024.
   */
  record LastQuery() implements AttentionScorer {
    @Override
    public Set<Signal> needs() {
      return WINDOW;
    }
  }

  /**
   * Attention of the last queries, mean over the window, pooled over neighbours, mean over the
   * group.
   *
   * <p>Source: Li et al., <a href="https://arxiv.org/abs/2404.14469">SnapKV</a>, 2024. Only slots
   * before the window are pooled; the window itself scores highest. Average pooling divides by the
   * whole kernel at the borders, as the authors' code does.
   *
   * @param window queries that look, at least 1
   * @param pooling over neighbouring slots
   */
  record ObservationWindow(int window, Pooling pooling) implements AttentionScorer {

    /**
     * @throws IllegalArgumentException if {@code window} is below 1
     */
    public ObservationWindow {
      atLeastOne(window);
    }

    @Override
    public Set<Signal> needs() {
      return WINDOW;
    }
  }

  /**
   * Whole windows of neighbouring tokens, by the mean of the better half of their tokens' highest
   * attention from the last queries.
   *
   * <p>Source: Zuo et al., <a href="https://arxiv.org/abs/2503.17922">WindowKV</a>, 2025.
   * Deviation: no task classifier; the strategy for retrieval tasks is taken throughout, and slots
   * stay in time order.
   *
   * @param window queries that look, at least 1
   * @param size tokens in a window, at least 1
   */
  record SemanticWindows(int window, int size) implements AttentionScorer {

    /**
     * @throws IllegalArgumentException if {@code window} or {@code size} is below 1
     */
    public SemanticWindows {
      atLeastOne(window);
      atLeastOne(size);
    }

    @Override
    public Set<Signal> needs() {
      return WINDOW;
    }
  }

  /**
   * Importance minus redundancy: {@code λ I − (1 − λ) R}, where {@code I} is the observation
   * window's attention and {@code R} the softmax of each key's mean cosine to the others.
   *
   * <p>Source: Cai et al., <a href="https://arxiv.org/abs/2505.24133">R-KV</a>, 2025. The mean
   * cosine is one product with the mean direction, which is exact and linear.
   *
   * @param window queries that look, at least 1
   * @param lambda weight of importance, 0 to 1; the paper's 0.1
   */
  record NotRedundant(int window, double lambda) implements AttentionScorer {

    /**
     * @throws IllegalArgumentException if {@code window} is below 1 or {@code lambda} not in [0, 1]
     */
    public NotRedundant {
      atLeastOne(window);
      if (!(lambda >= 0 && lambda <= 1)) {
        throw new IllegalArgumentException("lambda must lie between 0 and 1, but is " + lambda);
      }
    }

    @Override
    public Set<Signal> needs() {
      return WINDOW;
    }
  }

  /**
   * Slots that recur, and are not overdue on their own rhythm: {@code 2σ(−age/gap) + 2σ(−1/gap)},
   * and 0 for a slot that never recurred.
   *
   * <p>Source: Zhang et al., <a href="https://arxiv.org/abs/2506.15969">LazyEviction</a>, 2025; the
   * second term's sign as two summaries of the paper write it, which rewards having recurred.
   */
  record Recurring() implements AttentionScorer {
    @Override
    public Set<Signal> needs() {
      return Set.of(Signal.RECURRENCE);
    }
  }

  /**
   * The attention to be expected from queries yet to come: their mean and covariance before
   * rotation, turned by the average rotation over the next {@code horizon} positions; times {@code
   * ‖v‖₂}.
   *
   * <p>Source: Devoto et al., <a href="https://arxiv.org/abs/2510.00636">Expected Attention</a>,
   * 2025. Deviation: the covariance keeps one 2 × 2 block per rotary pair, which makes a key linear
   * instead of quadratic in its size.
   *
   * @param horizon future positions, at least 1
   * @param epsilon added to the attention before the value's length comes in
   */
  record ExpectedAttention(int horizon, double epsilon) implements AttentionScorer {

    /**
     * @throws IllegalArgumentException if {@code horizon} is below 1
     */
    public ExpectedAttention {
      atLeastOne(horizon);
    }

    @Override
    public Set<Signal> needs() {
      return Set.of(Signal.KEYS, Signal.VALUES, Signal.QUERY_STATISTICS);
    }
  }

  private static void atLeastOne(int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "windows, sizes and horizons must be at least 1, but one is " + value);
    }
  }
}
