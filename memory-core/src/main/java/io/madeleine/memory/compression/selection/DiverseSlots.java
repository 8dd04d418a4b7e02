package io.madeleine.memory.compression.selection;

import java.util.Arrays;
import java.util.BitSet;

/** Chooses whole blocks: the important ones, then ones that differ. */
final class DiverseSlots {

  private DiverseSlots() {}

  static int[] select(HeadSelector.DiverseBlocks options, LayerScores layer, int head, int budget) {
    float[] importance = layer.importance(head);
    var kept = (BitSet) layer.protectedSlots(head).clone();
    int blocks = (importance.length + options.block() - 1) / options.block();
    var taken = new BitSet(blocks);
    int first = (int) (budget * options.firstShare());
    for (int block : TopSlots.best(means(importance, options.block(), blocks), taken, blocks)) {
      if (kept.cardinality() + options.block() > first) {
        break;
      }
      take(block, options.block(), importance.length, kept, budget);
      taken.set(block);
    }
    spread(options.block(), importance, taken, kept, budget);
    fill(importance, kept, budget);
    return TopSlots.ascending(kept);
  }

  private static float[] means(float[] importance, int size, int blocks) {
    var means = new float[blocks];
    for (int block = 0; block < blocks; block++) {
      int from = block * size;
      int to = Math.min(importance.length, from + size);
      for (int slot = from; slot < to; slot++) {
        means[block] += importance[slot] / (to - from);
      }
    }
    return means;
  }

  private static void take(int block, int size, int slots, BitSet kept, int budget) {
    int to = Math.min(slots, (block + 1) * size);
    for (int slot = block * size; slot < to && kept.cardinality() < budget; slot++) {
      kept.set(slot);
    }
  }

  private static void spread(int size, float[] importance, BitSet taken, BitSet kept, int budget) {
    int blocks = (importance.length + size - 1) / size;
    int[] order = byDistance(importance, size, blocks, taken);
    int wanted = Math.min(order.length, Math.max(0, budget - kept.cardinality()) / size);
    for (int i = 0; i < wanted; i++) {
      take(order[(int) ((long) i * order.length / wanted)], size, importance.length, kept, budget);
    }
  }

  /** Blocks not taken, by the Hamming distance of their bits to 0101…, then by index. */
  private static int[] byDistance(float[] importance, int size, int blocks, BitSet taken) {
    float[] sorted = importance.clone();
    Arrays.sort(sorted);
    float median = sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    var nearness = new float[blocks];
    for (int slot = 0; slot < importance.length; slot++) {
      boolean bit = importance[slot] >= median;
      boolean anchor = slot % 2 == 1;
      nearness[slot / size] -= bit == anchor ? 0 : 1;
    }
    return TopSlots.best(nearness, taken, blocks);
  }

  private static void fill(float[] importance, BitSet kept, int budget) {
    for (int slot : TopSlots.best(importance, kept, budget - kept.cardinality())) {
      kept.set(slot);
    }
  }
}
