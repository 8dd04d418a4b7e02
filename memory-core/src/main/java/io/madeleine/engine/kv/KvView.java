package io.madeleine.engine.kv;

import java.util.List;

/**
 * What one layer may attend to besides the sequence's own slots: slots of other caches, chosen
 * layer by layer while the model runs (Fountas et al., <a
 * href="https://arxiv.org/abs/2407.09450">EM-LLM</a>, 2025, section 3.3).
 *
 * <p>The engine asks once for each layer of a step. What comes back is attended to by every query
 * of the step, in one softmax together with the sequence's own slots.
 */
@FunctionalInterface
public interface KvView {

  /**
   * A contiguous run of slots, the same in every KV head of the layer that asked. Their keys must
   * be rotated to positions that make sense beside the sequence's own.
   *
   * @param cache where they lie, of the same shape as the sequence's cache
   * @param fromSlot first slot
   * @param toSlot one beyond the last
   */
  record Slots(KvCache cache, int fromSlot, int toSlot) {}

  /**
   * Chooses.
   *
   * @param layer the layer that asks
   * @param meanQueries {@code [heads][headDim]}, post-RoPE, the mean over the step's new tokens
   * @return in the order of their positions; empty for none
   */
  List<Slots> recall(int layer, float[] meanQueries);
}
