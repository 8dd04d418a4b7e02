package io.madeleine.memory.compression.selection;

import java.util.Arrays;
import java.util.BitSet;

/** The best slots in a total order: importance falling, then position rising. */
final class TopSlots {

  private TopSlots() {}

  /** {@return {@code count} of the slots not in {@code taken}, best first; fewer if there are} */
  static int[] best(float[] importance, BitSet taken, int count) {
    long[] order = ranked(importance, taken);
    int[] best = new int[Math.max(0, Math.min(count, order.length))];
    for (int i = 0; i < best.length; i++) {
      best[i] = slot(order[i]);
    }
    return best;
  }

  /**
   * {@return one sortable number for each slot not in {@code taken}, best first: the falling
   * importance in the upper half, the slot in the lower}
   */
  static long[] ranked(float[] importance, BitSet taken) {
    var order = new long[importance.length];
    int count = 0;
    for (int slot = 0; slot < importance.length; slot++) {
      if (!taken.get(slot)) {
        order[count++] = (long) ~ascending(importance[slot]) << 32 | slot;
      }
    }
    order = Arrays.copyOf(order, count);
    Arrays.sort(order);
    return order;
  }

  static int slot(long ranked) {
    return (int) ranked;
  }

  /** {@return the upper half of {@code ranked}: lower is better} */
  static int rank(long ranked) {
    return (int) (ranked >> 32);
  }

  /** {@return an int that orders as the float does} */
  private static int ascending(float value) {
    int bits = Float.floatToIntBits(value + 0f);
    return bits ^ (bits >> 31 & Integer.MAX_VALUE);
  }

  static int[] ascending(BitSet slots) {
    return slots.stream().toArray();
  }
}
