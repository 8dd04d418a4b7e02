// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.world;

import java.util.List;
import java.util.Map;

/**
 * The dice of the dialogue generator: SplitMix64 in whole numbers, so that the trainer in Python
 * throws the same (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
 * Not thread-safe.
 */
public final class Dice {

  private long state;

  /** Dice that throw the same for the same seed. */
  public Dice(long seed) {
    this.state = seed;
  }

  /** {@return 64 random bits} */
  public long next() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** {@return a number in [0, bound)} */
  public int below(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("the bound must be at least 1, but was " + bound);
    }
    return (int) (((next() >>> 32) * bound) >>> 32);
  }

  /** {@return a number in [low, high], both included} */
  public int between(int low, int high) {
    return low + below(high - low + 1);
  }

  /** {@return true in {@code chance} of 100 throws} */
  public boolean percent(int chance) {
    return below(100) < chance;
  }

  /** {@return one of the items} */
  public <T> T pick(List<T> items) {
    return items.get(below(items.size()));
  }

  /** {@return a key, as often as its weight says; in the map's order} */
  public <K> K weighted(Map<K, Integer> weights) {
    int sum = weights.values().stream().mapToInt(Integer::intValue).sum();
    int rest = below(sum);
    for (Map.Entry<K, Integer> entry : weights.entrySet()) {
      rest -= entry.getValue();
      if (rest < 0) {
        return entry.getKey();
      }
    }
    throw new IllegalStateException("should not happen: the throw lies beyond the weights");
  }
}
