package io.madeleine.memory.retrieval;

import io.madeleine.memory.retrieval.RankedTurn.Reason;
import java.util.ArrayList;
import java.util.List;

/**
 * Which signals are strong enough to be told. Words are compared with the turn that says most of
 * them: of what a question asks, a good answer may repeat one word of eight.
 */
final class Reasons {

  private static final float SAYS = 0.25f;
  private static final float SHARE_OF_THE_BEST = 0.4f;
  private static final float MEANS = 1.5f;
  private static final float AT_THE_TIME = 0.5f;

  private final Signals signals;
  private final float says;

  Reasons(Signals signals) {
    this.signals = signals;
    float most = 0;
    for (int i = 0; i < signals.size(); i++) {
      most = Math.max(most, covers(i));
    }
    this.says = Math.min(SAYS, most * SHARE_OF_THE_BEST);
  }

  private float covers(int row) {
    return signals.value(Signal.COVERS, row);
  }

  List<Reason> of(int row) {
    List<Reason> reasons = new ArrayList<>(4);
    if (covers(row) > 0 && covers(row) >= says) {
      reasons.add(Reason.WORDS);
    }
    if (signals.value(Signal.VECTOR, row) >= MEANS) {
      reasons.add(Reason.MEANING);
    }
    if (reasons.isEmpty()) {
      reasons.add(Reason.SURROUNDINGS);
    }
    if (signals.value(Signal.SPEAKER, row) > 0) {
      reasons.add(Reason.SPEAKER);
    }
    if (signals.value(Signal.DATE, row) >= AT_THE_TIME) {
      reasons.add(Reason.TIME);
    }
    return reasons;
  }
}
