package io.madeleine.memory.compression.eviction;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Adds a slot's value to the survivors that follow it, by a seeded draw. */
final class RandomMerge {

  private RandomMerge() {}

  static HeadKv merge(
      HeadKv head, int[] gone, int[] kept, float[] importance, int receivers, long seed) {
    var random = new SplittableRandom(seed);
    HeadKv survivors = head.keep(kept);
    var added = new double[survivors.values().length];
    double mean = mean(importance);
    for (int slot : gone) {
      double probability = mean <= 0 ? 0 : Math.clamp(importance[slot] / mean, 0, 1);
      boolean merges = random.nextDouble() < probability;
      int first = -Arrays.binarySearch(kept, slot) - 1;
      int last = Math.min(kept.length, first + receivers);
      for (int i = first; merges && i < last; i++) {
        Vectors.add(added, i, head.values(), slot, head.headDim(), 1.0 / receivers);
      }
    }
    float[] values = survivors.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) added[i];
    }
    return new HeadKv(
        head.headDim(), survivors.positions(), survivors.keys(), values, survivors.counts());
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / Math.max(1, values.length);
  }
}
