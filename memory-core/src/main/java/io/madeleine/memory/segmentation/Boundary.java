package io.madeleine.memory.segmentation;

import java.util.Map;

/**
 * A turn that opens an episode, and why.
 *
 * @param turn index of the first turn of the new episode, counted from the start of the stream; the
 *     very first turn opens an episode too but is never reported
 * @param level how deep the cut goes
 * @param probability how sure the segmenter is, above 0.5; 1 for what is no guess
 * @param reasons what each signal added, in log-odds; negative where it spoke against the cut
 */
public record Boundary(int turn, Level level, double probability, Map<Signal, Double> reasons) {

  /** How deep a boundary cuts. */
  public enum Level {
    /** A new subject within one sitting. */
    TOPIC,
    /** A new sitting: a session mark or a long pause. */
    SITTING
  }

  public Boundary {
    reasons = Map.copyOf(reasons);
  }

  /** {@return the signal that added most} */
  public Signal mainReason() {
    return reasons.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }
}
