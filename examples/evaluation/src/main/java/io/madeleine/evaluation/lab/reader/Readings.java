// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.reader;

import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.dialogue.Dialogue;
import io.madeleine.evaluation.dialogue.Turn;
import java.util.ArrayList;
import java.util.List;

/** Lays the ids of turns one behind the other, and remembers where each turn and segment lies. */
final class Readings {

  private final List<Integer> ids = new ArrayList<>();
  private final List<TokenSpan> turns = new ArrayList<>();
  private final List<TokenSpan> segments = new ArrayList<>();

  /** Starts with ids that belong to no turn. */
  Readings(List<Integer> start) {
    ids.addAll(start);
  }

  void add(Turn turn, List<Integer> turnIds) {
    int start = ids.size();
    ids.addAll(turnIds);
    turns.add(new TokenSpan(start, ids.size()));
    if (turn.segment() == segments.size()) {
      segments.add(turns.getLast());
    } else {
      segments.set(turn.segment(), new TokenSpan(segments.getLast().start(), ids.size()));
    }
  }

  Reading reading(Dialogue dialogue, List<Reading.Asked> questions) {
    List<Integer> segmentOfTurn = dialogue.turns().stream().map(Turn::segment).toList();
    return new Reading(array(ids), turns, segments, segmentOfTurn, questions);
  }

  static int[] array(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}
