package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.HeadSignals;
import java.util.SplittableRandom;

final class PositionScores {

  private PositionScores() {}

  static float[] of(PositionScorer scorer, HeadSignals head) {
    return switch (scorer) {
      case PositionScorer.Random(long seed) -> random(seed, head);
      case PositionScorer.SinksAndRecent(int sinks) -> sinksAndRecent(sinks, head.size());
      case PositionScorer.Ladder ladder -> ladder(ladder, head);
    };
  }

  private static float[] random(long seed, HeadSignals head) {
    var random = new SplittableRandom(seed * 31 + head.layer() * 1_000_003L + head.kvHead());
    var scores = new float[head.size()];
    for (int slot = 0; slot < scores.length; slot++) {
      scores[slot] = (float) random.nextDouble();
    }
    return scores;
  }

  private static float[] sinksAndRecent(int sinks, int size) {
    var scores = new float[size];
    for (int slot = 0; slot < size; slot++) {
      scores[slot] = slot < sinks ? size + sinks - slot : slot;
    }
    return scores;
  }

  private static float[] ladder(PositionScorer.Ladder ladder, HeadSignals head) {
    int size = head.size();
    var scores = new float[size];
    for (int slot = 0; slot < size; slot++) {
      if (slot < ladder.sinks()) {
        scores[slot] = 1;
        continue;
      }
      int fromEnd = size - 1 - slot;
      int rung = fromEnd / ladder.span();
      int apart = Math.floorMod(rung - head.layer(), ladder.layers());
      float recency = (float) (size - fromEnd) / (2f * size);
      scores[slot] = -apart + recency;
    }
    return scores;
  }
}
