package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.AttentionRows;
import io.madeleine.memory.compression.signal.HeadSignals;

/** Ranks tokens within partitions by their spread against the next partition. */
final class LagScores {

  private static final float ALWAYS = 2;
  private static final float FLAT = 1e-6f;

  private LagScores() {}

  static float[] of(KeyScorer.Lag options, HeadSignals head) {
    var scores = new float[head.size()];
    java.util.Arrays.fill(scores, ALWAYS);
    int lag = options.lag();
    int partitions = (head.size() - options.sinks()) / lag;
    for (int p = 0; p + 1 < partitions; p++) {
      int from = options.sinks() + p * lag;
      float[] byKey = spread(head.keys(), from, lag, head.headDim());
      float[] byValue = spread(head.values(), from, lag, head.headDim());
      rank(byKey, byValue, scores, from);
    }
    return scores;
  }

  private static void rank(float[] byKey, float[] byValue, float[] scores, int from) {
    for (int i = 0; i < byKey.length; i++) {
      int better = 0;
      for (int j = 0; j < byKey.length; j++) {
        float mine = byKey[i] + byValue[i];
        float other = byKey[j] + byValue[j];
        if (other > mine || (other == mine && j < i)) {
          better++;
        }
      }
      scores[from + i] = 1 - (float) better / byKey.length;
    }
  }

  /**
   * {@return the softmax over one partition of each token's standard deviation over channels, after
   * the partition was scaled by the minimum and maximum of the next one}
   */
  static float[] spread(float[] vectors, int from, int lag, int dims) {
    var low = new float[dims];
    var high = new float[dims];
    range(vectors, from + lag, lag, low, high);
    var deviations = new float[lag];
    var scaled = new float[dims];
    for (int i = 0; i < lag; i++) {
      for (int c = 0; c < dims; c++) {
        float width = Math.max(FLAT, high[c] - low[c]);
        scaled[c] = (vectors[(from + i) * dims + c] - low[c]) / width;
      }
      deviations[i] = standardDeviation(scaled);
    }
    return AttentionRows.softmax(deviations);
  }

  private static void range(float[] vectors, int from, int lag, float[] low, float[] high) {
    java.util.Arrays.fill(low, Float.POSITIVE_INFINITY);
    java.util.Arrays.fill(high, Float.NEGATIVE_INFINITY);
    for (int i = from; i < from + lag; i++) {
      for (int c = 0; c < low.length; c++) {
        low[c] = Math.min(low[c], vectors[i * low.length + c]);
        high[c] = Math.max(high[c], vectors[i * low.length + c]);
      }
    }
  }

  private static float standardDeviation(float[] values) {
    double mean = 0;
    for (float value : values) {
      mean += value / values.length;
    }
    double sum = 0;
    for (float value : values) {
      sum += (value - mean) * (value - mean);
    }
    return (float) Math.sqrt(sum / Math.max(1, values.length - 1));
  }
}
