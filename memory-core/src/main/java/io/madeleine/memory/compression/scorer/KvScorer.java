package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.Signal;
import java.util.Set;

/**
 * How much a cached token matters. A scorer gives every slot of one KV head an importance; the
 * higher it is, the longer the slot stays. How many stay is the budget's business, and what must
 * stay in any case is the caller's.
 *
 * <p>A scorer states which {@link Signal signals} it reads, so that a setup that cannot supply one
 * is refused when it is built and not in the middle of a turn.
 */
public sealed interface KvScorer permits PositionScorer, KeyScorer, AttentionScorer, ProbeScorer {

  /** {@return the signals that this scorer reads} */
  Set<Signal> needs();

  /**
   * {@return one finite importance for each slot of {@code head}}
   *
   * @throws IllegalStateException if a needed signal is missing
   */
  default float[] importance(HeadSignals head) {
    return switch (this) {
      case PositionScorer scorer -> PositionScores.of(scorer, head);
      case KeyScorer scorer -> KeyScores.of(scorer, head);
      case AttentionScorer scorer -> AttentionScores.of(scorer, head);
      case ProbeScorer scorer -> ProbeScores.of(scorer, head);
    };
  }
}
