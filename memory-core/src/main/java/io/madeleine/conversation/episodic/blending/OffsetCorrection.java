package io.madeleine.conversation.episodic.blending;

import io.madeleine.memory.store.KvSpan;

/**
 * Moves keys and values that were not read again by what changed in those that were: every token of
 * a piece gets the mean change of the piece's anchors, each weighed by how near its old value is.
 *
 * <p>Source: Ye et al., <a href="https://arxiv.org/abs/2510.12872">KVCOMM</a>, 2025, which adds
 * offsets of earlier samples to shared contexts, weighed by a softmax over negative distances.
 * Deviations: the anchors are the piece's own first tokens, read again where they stand now, so
 * that no store of samples is needed; distances are those of values, and are divided by their mean.
 */
final class OffsetCorrection {

  private OffsetCorrection() {}

  /**
   * {@return {@code old} with every token behind the anchors moved}
   *
   * @param old the whole piece as it was stored; all heads hold all tokens
   * @param again its first tokens as they are now, keys before rotation
   * @param strength 0 leaves everything as it is, 1 moves by the whole change
   */
  static KvSpan corrected(KvSpan old, KvSpan again, double strength) {
    int heads = old.shape().heads();
    var keys = new float[heads][];
    var values = new float[heads][];
    for (int head = 0; head < heads; head++) {
      keys[head] = old.keys(head).clone();
      values[head] = old.values(head).clone();
      for (int token = again.tokens(); token < old.tokens(); token++) {
        double[] near = nearness(old, head, token, again.tokens());
        move(keys[head], token, near, old.keys(head), again.keys(head), strength);
        move(values[head], token, near, old.values(head), again.values(head), strength);
      }
    }
    int[] positions = new int[old.tokens()];
    java.util.Arrays.setAll(positions, old::position);
    return new KvSpan(old.shape(), positions, keys, values);
  }

  /** {@return a softmax over the negative distances of a token's value to those of the anchors} */
  private static double[] nearness(KvSpan old, int head, int token, int anchors) {
    int dims = old.shape().headDim();
    float[] values = old.values(head);
    var weights = new double[anchors];
    double mean = 0;
    for (int anchor = 0; anchor < anchors; anchor++) {
      double squares = 0;
      for (int c = 0; c < dims; c++) {
        double difference = (double) values[token * dims + c] - values[anchor * dims + c];
        squares += difference * difference;
      }
      weights[anchor] = Math.sqrt(squares);
      mean += weights[anchor] / anchors;
    }
    double sum = 0;
    for (int anchor = 0; anchor < anchors; anchor++) {
      weights[anchor] = Math.exp(mean == 0 ? 0 : -weights[anchor] / mean);
      sum += weights[anchor];
    }
    for (int anchor = 0; anchor < anchors; anchor++) {
      weights[anchor] /= sum;
    }
    return weights;
  }

  private static void move(
      float[] rows, int token, double[] near, float[] before, float[] now, double strength) {
    int dims = now.length / near.length;
    for (int c = 0; c < dims; c++) {
      double change = 0;
      for (int anchor = 0; anchor < near.length; anchor++) {
        int at = anchor * dims + c;
        change += near[anchor] * ((double) now[at] - before[at]);
      }
      rows[token * dims + c] += (float) (strength * change);
    }
  }
}
