package io.madeleine.memory.compression.scorer;

import io.madeleine.memory.compression.signal.AttentionRows;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.QueryWindow;

final class ProbeScores {

  private ProbeScores() {}

  static float[] of(ProbeScorer scorer, HeadSignals head) {
    return switch (scorer) {
      case ProbeScorer.PatchedPrompt(),
          ProbeScorer.Replay(),
          ProbeScorer.Summary(),
          ProbeScorer.Question() ->
          strongest(head);
    };
  }

  private static float[] strongest(HeadSignals head) {
    var rows = new AttentionRows(head);
    var row = new float[head.size()];
    var scores = new float[head.size()];
    for (QueryWindow probe : head.probes()) {
      for (int q = 0; q < probe.queryHeads(); q++) {
        for (int t = 0; t < probe.rows(); t++) {
          rows.probabilities(probe, q, t, row);
          for (int slot = 0; slot < row.length; slot++) {
            scores[slot] = Math.max(scores[slot], row[slot]);
          }
        }
      }
    }
    return scores;
  }
}
