package io.madeleine.memory.compression.signal;

/**
 * The attention of a window of queries over the slots of one KV head, recomputed from queries and
 * keys one row at a time. Masks are slots left out, never large negative numbers.
 *
 * <p>Keys are turned to {@code [headDim][slots]} once, so that a row is a run of vector additions.
 */
public final class AttentionRows {

  private final HeadSignals head;
  private final float[] keysByDimension;

  /** Reads the keys of {@code head}. */
  public AttentionRows(HeadSignals head) {
    this.head = head;
    int slots = head.size();
    int dims = head.headDim();
    float[] keys = head.keys();
    keysByDimension = new float[keys.length];
    for (int slot = 0; slot < slots; slot++) {
      for (int c = 0; c < dims; c++) {
        keysByDimension[c * slots + slot] = keys[slot * dims + c];
      }
    }
  }

  /**
   * Writes the attention of one query to {@code out}, {@code [slots]}: a softmax over the slots it
   * sees, and 0 for the others. A query that sees none writes only zeros.
   */
  public void probabilities(QueryWindow window, int queryHead, int row, float[] out) {
    logits(window, queryHead, row, out);
    double own = window.ownLogMass(queryHead, row);
    float max = (float) own;
    for (int slot = 0; slot < out.length; slot++) {
      if (window.sees(row, head.position(slot))) {
        max = Math.max(max, out[slot]);
      }
    }
    double sum = own == Double.NEGATIVE_INFINITY ? 0 : Math.exp(own - max);
    for (int slot = 0; slot < out.length; slot++) {
      out[slot] = window.sees(row, head.position(slot)) ? (float) Math.exp(out[slot] - max) : 0;
      sum += out[slot];
    }
    if (sum > 0) {
      float scale = (float) (1 / sum);
      for (int slot = 0; slot < out.length; slot++) {
        out[slot] *= scale;
      }
    }
  }

  private void logits(QueryWindow window, int queryHead, int row, float[] out) {
    int slots = out.length;
    float scale = (float) (1 / Math.sqrt(head.headDim()));
    java.util.Arrays.fill(out, 0);
    for (int c = 0; c < head.headDim(); c++) {
      float q = window.component(queryHead, row, c) * scale;
      int from = c * slots;
      for (int slot = 0; slot < slots; slot++) {
        out[slot] += q * keysByDimension[from + slot];
      }
    }
  }

  /** {@return {@code exp(x) / Σ exp(x)}; empty for empty} */
  public static float[] softmax(float[] values) {
    float max = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      max = Math.max(max, value);
    }
    var out = new float[values.length];
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      out[i] = (float) Math.exp(values[i] - max);
      sum += out[i];
    }
    for (int i = 0; i < values.length; i++) {
      out[i] = (float) (out[i] / sum);
    }
    return out;
  }
}
