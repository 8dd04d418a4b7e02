package io.madeleine.evaluation.segmentation;

import io.madeleine.memory.segmentation.Utterance;
import java.util.List;
import java.util.Set;

/**
 * A dialogue with its true boundaries.
 *
 * @param id as the file names it
 * @param turns in order, at least one
 * @param boundaries first turns of true segments, never 0
 */
record SegmentedDialogue(String id, List<Utterance> turns, Set<Integer> boundaries) {

  SegmentedDialogue {
    turns = List.copyOf(turns);
    boundaries = Set.copyOf(boundaries);
    for (int boundary : boundaries) {
      if (boundary < 1 || boundary >= turns.size()) {
        throw new IllegalArgumentException(
            "dialogue '%s' has %d turns and a boundary at %d: boundaries lie inside"
                .formatted(id, turns.size(), boundary));
      }
    }
  }
}
