package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.Signal;
import java.util.Set;

/**
 * Scorers that read the stored keys and values and no query: linear in the cache, and independent
 * of what will be asked.
 */
public sealed interface KeyScorer extends KvScorer {

  @Override
  default Set<Signal> needs() {
    return Set.of(Signal.KEYS);
  }

  /**
   * Short keys stay: {@code −‖k‖₂}.
   *
   * <p>Source: Devoto et al., <a href="https://arxiv.org/abs/2406.11430">key norm</a>, 2024.
   * Deviation: the authors leave layers 0 and 1 alone; here a layer allocator may. Weak where a
   * model normalises its keys (Qwen3, Gemma 3).
   */
  record KeyNorm() implements KeyScorer {}

  /**
   * Keys that differ most from the common direction stay: {@code −cos(k, mean of unit keys)}.
   *
   * <p>Source: Park et al., <a href="https://arxiv.org/abs/2504.15364">KeyDiff</a>, 2025. Keys are
   * taken after rotation, as in the authors' code.
   */
  record KeyDifference() implements KeyScorer {}

  /**
   * Tokens that spread widely against the next partition stay: keys and values of a partition are
   * scaled by the minimum and maximum of the following one, and the spread over channels goes
   * through a softmax within the partition.
   *
   * <p>Source: Liang et al., <a href="https://arxiv.org/abs/2504.04704">LagKV</a>, 2025. A slot's
   * importance is its rank within its partition, so every partition gives up the same share; sinks,
   * the last whole partition and the tail rank highest. Histories below {@code sinks + 2 × lag} all
   * rank the same.
   *
   * @param sinks tokens at the start that always stay
   * @param lag tokens in a partition, at least 2
   */
  record Lag(int sinks, int lag) implements KeyScorer {

    /**
     * @throws IllegalArgumentException if {@code lag} is below 2 or {@code sinks} negative
     */
    public Lag {
      if (lag < 2 || sinks < 0) {
        throw new IllegalArgumentException(
            "a lag needs partitions of at least 2 tokens and no negative sinks, but has %d and %d"
                .formatted(lag, sinks));
      }
    }

    @Override
    public Set<Signal> needs() {
      return Set.of(Signal.KEYS, Signal.VALUES);
    }
  }
}
