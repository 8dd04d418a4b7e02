package io.madeleine.memory.retrieval;

/**
 * Who says most of a question comes before the turns around it. The fitted weights prefer what
 * stands beside a mention, as answers do; but a turn that itself says half of what is asked (an
 * order's number, a name and a place) must not be pushed out of the budget by its own neighbours.
 */
final class Sayers {

  /** Share of the question's rarity from which on a turn counts as saying it. */
  private static final float HALF = 0.5f;

  private static final int REACH = 2;

  private Sayers() {}

  /** Raises each such turn to the best of its neighbours that say clearly less. */
  static void first(Signals signals, float[] scores) {
    float[] covers = signals.column(Signal.COVERS);
    float[] before = scores.clone();
    for (int i = 0; i < scores.length; i++) {
      if (covers[i] < HALF) {
        continue;
      }
      for (int j = Math.max(0, i - REACH); j <= Math.min(scores.length - 1, i + REACH); j++) {
        if (covers[j] < covers[i] / 2 && signals.together(i, j) && before[j] >= scores[i]) {
          scores[i] = Math.nextUp(before[j]);
        }
      }
    }
  }
}
