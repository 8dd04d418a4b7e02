package io.madeleine.memory.compression;

import io.madeleine.memory.compression.selection.LayerScores;
import java.util.List;

/** Which slots of a cache stay: indices into each head, strictly ascending. Immutable. */
public final class KeptSlots {

  private final int[][][] slots;
  private final List<LayerScores> scores;
  private final long before;

  KeptSlots(int[][][] slots, List<LayerScores> scores, long before) {
    this.slots = slots;
    this.scores = List.copyOf(scores);
    this.before = before;
  }

  /** {@return the kept slots of one head; a copy} */
  public int[] of(int layer, int kvHead) {
    return slots[layer][kvHead].clone();
  }

  /** {@return the importance of every slot that the head held before; a copy} */
  public float[] importance(int layer, int kvHead) {
    return scores.get(layer).importance(kvHead);
  }

  /** {@return layers} */
  public int layers() {
    return slots.length;
  }

  /** {@return KV heads of {@code layer}} */
  public int heads(int layer) {
    return slots[layer].length;
  }

  /** {@return kept slots of all layers and heads together} */
  public long total() {
    long total = 0;
    for (int[][] layer : slots) {
      for (int[] head : layer) {
        total += head.length;
      }
    }
    return total;
  }

  /** {@return the share of the slots kept, 0 to 1} */
  public double kept() {
    return before == 0 ? 1 : (double) total() / before;
  }

  /** {@return whether the heads of some layer keep different counts} */
  public boolean ragged() {
    for (int[][] layer : slots) {
      for (int[] head : layer) {
        if (head.length != layer[0].length) {
          return true;
        }
      }
    }
    return false;
  }
}
