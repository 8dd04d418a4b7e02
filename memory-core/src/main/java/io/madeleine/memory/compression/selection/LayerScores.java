package io.madeleine.memory.compression.selection;

import java.util.BitSet;
import java.util.List;

/**
 * One layer's slots as a selector sees them. Holds its arrays without copying; nobody changes them.
 */
public final class LayerScores {

  private final float[][] importance;
  private final List<BitSet> protectedSlots;
  private final float[][] outputNorms;
  private final double[] retrieval;

  /**
   * @param importance {@code [kvHeads][slots]}; heads may differ in length
   * @param protectedSlots one set for each head
   * @param outputNorms {@code [kvHeads][slots]}, or no head when nobody asked for them
   * @param retrieval {@code [kvHeads]}, or empty when nobody asked for it
   * @throws IllegalArgumentException if an importance is no number
   */
  public LayerScores(
      float[][] importance,
      List<BitSet> protectedSlots,
      float[][] outputNorms,
      double[] retrieval) {
    for (float[] head : importance) {
      for (float value : head) {
        if (Float.isNaN(value)) {
          throw new IllegalArgumentException(
              "an importance is not a number; a scorer divided by zero or read broken keys");
        }
      }
    }
    this.importance = importance;
    this.protectedSlots = List.copyOf(protectedSlots);
    this.outputNorms = outputNorms;
    this.retrieval = retrieval;
  }

  /** {@return scores without further signals, nothing protected} */
  public static LayerScores of(float[]... importance) {
    var none = new java.util.ArrayList<BitSet>();
    for (int head = 0; head < importance.length; head++) {
      none.add(new BitSet());
    }
    return new LayerScores(importance, none, new float[0][], new double[0]);
  }

  /** {@return these slots with other importances} */
  LayerScores withImportance(float[][] other) {
    return new LayerScores(other, protectedSlots, outputNorms, retrieval);
  }

  /** {@return these slots with more protected ones} */
  LayerScores withProtected(List<BitSet> other) {
    return new LayerScores(importance, other, outputNorms, retrieval);
  }

  /** {@return how many heads} */
  public int heads() {
    return importance.length;
  }

  /** {@return slots of {@code head}} */
  public int size(int head) {
    return importance[head].length;
  }

  /** {@return every slot's importance in {@code head}; nobody changes it} */
  public float[] importance(int head) {
    return importance[head];
  }

  BitSet protectedSlots(int head) {
    return protectedSlots.get(head);
  }

  float[] outputNorms(int head) {
    return outputNorms[head];
  }

  double retrieval(int head) {
    return retrieval[head];
  }
}
