package io.madeleine.engine.model;

/** How far two rows of logits are apart. */
final class Logits {
  private Logits() {}

  static double relativeRms(float[] actual, float[] expected) {
    double error = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      error += Math.pow(actual[i] - expected[i], 2);
      size += Math.pow(expected[i], 2);
    }
    return Math.sqrt(error / size);
  }

  /** {@return Σ p ln (p ÷ q) in nats} */
  static double divergence(float[] p, float[] q) {
    double pSum = logSumExp(p);
    double qSum = logSumExp(q);
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += Math.exp(p[i] - pSum) * (p[i] - pSum - q[i] + qSum);
    }
    return sum;
  }

  private static double logSumExp(float[] logits) {
    double sum = 0;
    float largest = logits[greedy(logits)];
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return largest + Math.log(sum);
  }

  static int greedy(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  /** {@return how far the best is above the second} */
  static double gap(float[] logits) {
    int best = greedy(logits);
    double second = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.length; i++) {
      second = i == best ? second : Math.max(second, logits[i]);
    }
    return logits[best] - second;
  }
}
