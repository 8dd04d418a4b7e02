package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.Signal;
import java.util.Set;

/**
 * Scorers that run a prompt against the cache and keep what it looks at: the highest attention over
 * all its tokens and the group's query heads. They differ in what the prompt says; running it is
 * the caller's, who puts its queries among the signals and takes its keys out of the cache again.
 *
 * <p>In EpiCache's code the softmax runs over the cached slots only: the prompt's own keys take no
 * share, and a query that looks at its own prompt alone is inflated to a full row. Queries made
 * with {@link io.madeleine.memory.compression.signal.QueryWindow#besides} leave that share where it
 * belongs; the caller chooses.
 */
public sealed interface ProbeScorer extends KvScorer {

  @Override
  default Set<Signal> needs() {
    return Set.of(Signal.KEYS, Signal.PROBE_QUERIES);
  }

  /**
   * The text of a topic's medoids, behind one fixed instruction.
   *
   * <p>Source: Kim et al., <a href="https://arxiv.org/abs/2509.17396">EpiCache</a>, 2025.
   */
  record PatchedPrompt() implements ProbeScorer {}

  /**
   * The context itself, to be repeated, part by part; each part's prompt looks at the sinks and its
   * part.
   *
   * <p>Source: Kim et al., <a href="https://arxiv.org/abs/2505.23416">KVzip</a>, 2025.
   */
  record Replay() implements ProbeScorer {}

  /**
   * A request to summarise what matters.
   *
   * <p>Source: Kim et al., <a href="https://arxiv.org/abs/2410.01518">InfiniPot</a>, 2024.
   * Deviation: the paper adds a term for surprising tokens whose weight we could not verify; it is
   * left out.
   */
  record Summary() implements ProbeScorer {}

  /** The future question itself: an oracle, for measuring how far the others are from it. */
  record Question() implements ProbeScorer {}
}
