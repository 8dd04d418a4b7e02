package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.Signal;
import java.util.Set;

/** Scorers that look at nothing but where a token stands. They cost nothing. */
public sealed interface PositionScorer extends KvScorer {

  @Override
  default Set<Signal> needs() {
    return Set.of();
  }

  /**
   * A seeded draw, different in every layer and head. No policy: the control at equal bytes.
   *
   * @param seed of the draw
   */
  record Random(long seed) implements PositionScorer {}

  /**
   * The first {@code sinks} tokens, then the most recent ones.
   *
   * <p>Source: Xiao et al., <a href="https://arxiv.org/abs/2309.17453">StreamingLLM</a>, 2023.
   * Importance is the slot's rank in time, and infinity in spirit for the sinks. Deviation: none
   * here; keys move to compact positions only where a placement asks for it.
   *
   * @param sinks tokens at the start that always stay
   */
  record SinksAndRecent(int sinks) implements PositionScorer {

    /**
     * @throws IllegalArgumentException if {@code sinks} is negative
     */
    public SinksAndRecent {
      if (sinks < 0) {
        throw new IllegalArgumentException("sinks must be 0 or more, but are " + sinks);
      }
    }
  }

  /**
   * Sinks, and rungs of {@code span} tokens that shift from layer to layer, so that the layers
   * together cover the history at any budget.
   *
   * <p>Source: Shi et al., <a href="https://arxiv.org/abs/2507.14204">LaCache</a>, 2025. Rung
   * {@code r} belongs to layer {@code r mod layers}; a slot's importance falls with the cyclic
   * distance between its rung's layer and its own, newer first among equals. Deviation: the paper
   * re-applies a fixed pattern to the compacted cache; we rank once against any budget, which keeps
   * the pattern and needs no second pass.
   *
   * @param sinks tokens at the start that always stay
   * @param span tokens in a rung, at least 1
   * @param layers of the model, at least 1
   */
  record Ladder(int sinks, int span, int layers) implements PositionScorer {

    /**
     * @throws IllegalArgumentException if {@code span} or {@code layers} is below 1
     */
    public Ladder {
      if (span < 1 || layers < 1) {
        throw new IllegalArgumentException(
            "a ladder needs a span and layers of at least 1, but has span %d and %d layers"
                .formatted(span, layers));
      }
    }
  }
}
