package io.madeleine.memory.retrieval;

import io.madeleine.memory.retrieval.RankedTurn.Reason;
import java.util.ArrayList;
import java.util.List;

/** Which signals are strong enough to be told. */
final class Reasons {

  private static final float SAYS = 0.25f;
  private static final float MEANS = 1.5f;
  private static final float AT_THE_TIME = 0.5f;

  private Reasons() {}

  static List<Reason> of(Signals signals, int row) {
    List<Reason> reasons = new ArrayList<>(4);
    boolean says = signals.value(Signal.COVERS, row) >= SAYS;
    boolean means = signals.value(Signal.VECTOR, row) >= MEANS;
    if (says) {
      reasons.add(Reason.WORDS);
    }
    if (means) {
      reasons.add(Reason.MEANING);
    }
    if (!says && !means) {
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
