package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.HeadSignals;

final class KeyScores {

  private static final float TINY = 1e-12f;

  private KeyScores() {}

  static float[] of(KeyScorer scorer, HeadSignals head) {
    return switch (scorer) {
      case KeyScorer.KeyNorm() -> negativeNorms(head);
      case KeyScorer.KeyDifference() -> difference(head);
      case KeyScorer.Lag lag -> LagScores.of(lag, head);
    };
  }

  private static float[] negativeNorms(HeadSignals head) {
    float[] scores = norms(head.keys(), head.size(), head.headDim());
    for (int slot = 0; slot < scores.length; slot++) {
      scores[slot] = -scores[slot];
    }
    return scores;
  }

  private static float[] difference(HeadSignals head) {
    float[] keys = head.keys();
    float[] norms = norms(keys, head.size(), head.headDim());
    float[] anchor = meanDirection(keys, norms, head.headDim());
    float anchorNorm = norms(anchor, 1, anchor.length)[0];
    var scores = new float[norms.length];
    for (int slot = 0; slot < scores.length; slot++) {
      float dot = dot(keys, slot * anchor.length, anchor);
      scores[slot] = -dot / Math.max(TINY, norms[slot] * anchorNorm);
    }
    return scores;
  }

  /** {@return the mean of the keys' directions, {@code [headDim]}} */
  static float[] meanDirection(float[] keys, float[] norms, int dims) {
    var mean = new float[dims];
    for (int slot = 0; slot < norms.length; slot++) {
      float scale = 1 / (Math.max(TINY, norms[slot]) * norms.length);
      for (int c = 0; c < dims; c++) {
        mean[c] += keys[slot * dims + c] * scale;
      }
    }
    return mean;
  }

  /** {@return the L2 norm of each of {@code count} vectors} */
  static float[] norms(float[] vectors, int count, int dims) {
    var norms = new float[count];
    for (int i = 0; i < count; i++) {
      float sum = 0;
      for (int c = 0; c < dims; c++) {
        float x = vectors[i * dims + c];
        sum += x * x;
      }
      norms[i] = (float) Math.sqrt(sum);
    }
    return norms;
  }

  static float dot(float[] vectors, int offset, float[] other) {
    float sum = 0;
    for (int c = 0; c < other.length; c++) {
      sum += vectors[offset + c] * other[c];
    }
    return sum;
  }
}
