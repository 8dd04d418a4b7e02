package io.madeleine.memory.compression.scorer;

import io.madeleine.engine.kv.Rotary;
import io.madeleine.memory.compression.signal.AttentionRows;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.QueryStatistics;

/** The closed form of the attention that Gaussian queries of the near future would pay. */
final class ExpectedScores {

  private ExpectedScores() {}

  static float[] of(AttentionScorer.ExpectedAttention options, HeadSignals head) {
    int next = head.size() == 0 ? 0 : head.position(head.size() - 1) + 1;
    var scores = new float[head.size()];
    for (QueryStatistics queries : head.statistics()) {
      float[] attention = AttentionRows.softmax(logits(queries, head, next, options.horizon()));
      for (int slot = 0; slot < scores.length; slot++) {
        scores[slot] += attention[slot] / head.statistics().size();
      }
    }
    float[] lengths = KeyScores.norms(head.values(), head.size(), head.headDim());
    for (int slot = 0; slot < scores.length; slot++) {
      scores[slot] = (float) ((scores[slot] + options.epsilon()) * lengths[slot]);
    }
    return scores;
  }

  /** {@return {@code k·(R̄μ)/√d + kᵀ R̄ΣR̄ᵀ k/(2d)} for every slot} */
  static float[] logits(QueryStatistics queries, HeadSignals head, int next, int horizon) {
    Rotary pairs = queries.rotary();
    var logits = new float[head.size()];
    for (int pair = 0; pair < pairs.pairCount(); pair++) {
      double[] turn = averageTurn(pairs.frequency(pair), next, horizon);
      addPair(logits, queries, head, pair, turn[0], turn[1]);
    }
    int rotated = 2 * pairs.pairCount();
    for (int slot = 0; slot < logits.length; slot++) {
      for (int c = rotated; c < head.headDim(); c++) {
        logits[slot] +=
            (float)
                (head.keys()[slot * head.headDim() + c]
                    * queries.mean(c)
                    / Math.sqrt(head.headDim()));
      }
    }
    return logits;
  }

  private static void addPair(
      float[] logits, QueryStatistics queries, HeadSignals head, int pair, double cos, double sin) {
    int a = queries.first(pair);
    int b = queries.second(pair);
    double meanA = cos * queries.mean(a) - sin * queries.mean(b);
    double meanB = sin * queries.mean(a) + cos * queries.mean(b);
    double root = Math.sqrt(head.headDim());
    for (int slot = 0; slot < logits.length; slot++) {
      double x = head.keys()[slot * head.headDim() + a];
      double y = head.keys()[slot * head.headDim() + b];
      double backX = cos * x + sin * y;
      double backY = -sin * x + cos * y;
      double spread =
          queries.block(pair, 0) * backX * backX
              + 2 * queries.block(pair, 1) * backX * backY
              + queries.block(pair, 2) * backY * backY;
      logits[slot] += (float) ((x * meanA + y * meanB) / root + spread / (2 * head.headDim()));
    }
  }

  /**
   * {@return cosine and sine of the mean rotation over {@code horizon} positions from {@code
   * next}}. A mean of turns is shorter than a turn: fast pairs all but vanish.
   */
  static double[] averageTurn(double frequency, int next, int horizon) {
    double half = frequency / 2;
    double middle = (next + (horizon - 1) / 2.0) * frequency;
    double sine = Math.sin(half);
    double length = Math.abs(sine) < 1e-12 ? 1 : Math.sin(horizon * half) / (horizon * sine);
    return new double[] {length * Math.cos(middle), length * Math.sin(middle)};
  }
}
