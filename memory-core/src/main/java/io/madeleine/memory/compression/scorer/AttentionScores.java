package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.AttentionRows;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.QueryWindow;
import io.madeleine.memory.compression.signal.Recurrence;
import java.util.Arrays;

final class AttentionScores {

  private static final Pooling R_KV_POOLING = new Pooling(Pooling.Kind.MAXIMUM, 7);

  private AttentionScores() {}

  static float[] of(AttentionScorer scorer, HeadSignals head) {
    return switch (scorer) {
      case AttentionScorer.HeavyHitters() -> meanReceived(head);
      case AttentionScorer.Persistence() -> persistence(head);
      case AttentionScorer.LastQuery() -> windowMean(head, head.window().last(1));
      case AttentionScorer.ObservationWindow(int window, Pooling pooling) ->
          pooled(head, head.window().last(window), pooling);
      case AttentionScorer.SemanticWindows(int window, int size) ->
          windows(head, head.window().last(window), size);
      case AttentionScorer.NotRedundant(int window, double lambda) ->
          notRedundant(
              pooled(head, head.window().last(window), R_KV_POOLING), redundancy(head), lambda);
      case AttentionScorer.Recurring() -> recurring(head.recurrence(), head.size());
      case AttentionScorer.ExpectedAttention expected -> ExpectedScores.of(expected, head);
    };
  }

  private static float[] meanReceived(HeadSignals head) {
    float[] sum = head.attentionSum();
    float[] count = head.attentionCount();
    var scores = new float[sum.length];
    for (int slot = 0; slot < scores.length; slot++) {
      scores[slot] = count[slot] > 0 ? sum[slot] / count[slot] : 0;
    }
    return scores;
  }

  private static float[] windowMean(HeadSignals head, QueryWindow window) {
    var rows = new AttentionRows(head);
    var row = new float[head.size()];
    var mean = new float[head.size()];
    float share = 1f / (window.rows() * window.queryHeads());
    for (int q = 0; q < window.queryHeads(); q++) {
      for (int t = 0; t < window.rows(); t++) {
        rows.probabilities(window, q, t, row);
        for (int slot = 0; slot < row.length; slot++) {
          mean[slot] += row[slot] * share;
        }
      }
    }
    return mean;
  }

  private static float[] persistence(HeadSignals head) {
    QueryWindow window = head.window();
    var rows = new AttentionRows(head);
    var row = new float[head.size()];
    float[] scores = windowMean(head, window);
    for (int t = 0; t < window.rows(); t++) {
      var groupMean = new float[head.size()];
      for (int q = 0; q < window.queryHeads(); q++) {
        rows.probabilities(window, q, t, row);
        for (int slot = 0; slot < row.length; slot++) {
          groupMean[slot] += row[slot] / window.queryHeads();
        }
      }
      float low = 1f / (window.position(t) + 1);
      for (int slot = 0; slot < scores.length; slot++) {
        scores[slot] -= groupMean[slot] < low ? 1 : 0;
      }
    }
    return scores;
  }

  /** Pools each query head's mean over the slots before the window; the window ranks above. */
  private static float[] pooled(HeadSignals head, QueryWindow window, Pooling pooling) {
    int before = slotsBefore(head, window);
    var rows = new AttentionRows(head);
    var row = new float[head.size()];
    var scores = new float[head.size()];
    for (int q = 0; q < window.queryHeads(); q++) {
      var mean = new float[head.size()];
      for (int t = 0; t < window.rows(); t++) {
        rows.probabilities(window, q, t, row);
        for (int slot = 0; slot < before; slot++) {
          mean[slot] += row[slot] / window.rows();
        }
      }
      float[] smooth = pooling.apply(mean, before);
      for (int slot = 0; slot < before; slot++) {
        scores[slot] += smooth[slot] / window.queryHeads();
      }
    }
    Arrays.fill(scores, before, scores.length, 1);
    return scores;
  }

  private static int slotsBefore(HeadSignals head, QueryWindow window) {
    int before = head.size();
    while (before > 0 && head.position(before - 1) >= window.position(0)) {
      before--;
    }
    return before;
  }

  private static float[] windows(HeadSignals head, QueryWindow window, int size) {
    float[] strongest = strongest(head, window);
    var scores = new float[head.size()];
    for (int from = 0; from < scores.length; from += size) {
      int to = Math.min(scores.length, from + size);
      Arrays.fill(scores, from, to, meanOfBetterHalf(strongest, from, to));
    }
    return scores;
  }

  private static float[] strongest(HeadSignals head, QueryWindow window) {
    var rows = new AttentionRows(head);
    var row = new float[head.size()];
    var strongest = new float[head.size()];
    for (int q = 0; q < window.queryHeads(); q++) {
      for (int t = 0; t < window.rows(); t++) {
        rows.probabilities(window, q, t, row);
        for (int slot = 0; slot < row.length; slot++) {
          strongest[slot] = Math.max(strongest[slot], row[slot]);
        }
      }
    }
    return strongest;
  }

  private static float meanOfBetterHalf(float[] values, int from, int to) {
    float[] part = Arrays.copyOfRange(values, from, to);
    Arrays.sort(part);
    int half = Math.max(1, part.length / 2);
    float sum = 0;
    for (int i = part.length - half; i < part.length; i++) {
      sum += part[i];
    }
    return sum / half;
  }

  /** {@return softmax over slots of the mean cosine of each key to the others} */
  static float[] redundancy(HeadSignals head) {
    int size = head.size();
    float[] norms = KeyScores.norms(head.keys(), size, head.headDim());
    float[] mean = KeyScores.meanDirection(head.keys(), norms, head.headDim());
    var cosines = new float[size];
    for (int slot = 0; slot < size; slot++) {
      float toMean = KeyScores.dot(head.keys(), slot * head.headDim(), mean);
      cosines[slot] = toMean / Math.max(1e-12f, norms[slot]) - 1f / size;
    }
    return AttentionRows.softmax(cosines);
  }

  /** {@return {@code λ I − (1 − λ) R}} */
  static float[] notRedundant(float[] importance, float[] redundancy, double lambda) {
    var scores = new float[importance.length];
    for (int slot = 0; slot < scores.length; slot++) {
      scores[slot] = (float) (lambda * importance[slot] - (1 - lambda) * redundancy[slot]);
    }
    return scores;
  }

  private static float[] recurring(Recurrence seen, int size) {
    var scores = new float[size];
    for (int slot = 0; slot < size; slot++) {
      double gap = seen.longestGap(slot);
      if (gap > 0) {
        scores[slot] = (float) (2 * sigmoid(-seen.age(slot) / gap) + 2 * sigmoid(-1 / gap));
      }
    }
    return scores;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
