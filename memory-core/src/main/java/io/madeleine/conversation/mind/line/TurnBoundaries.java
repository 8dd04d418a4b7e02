package io.madeleine.conversation.mind.line;

import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.segmentation.Boundary;
import io.madeleine.memory.segmentation.SegmentationSettings;
import io.madeleine.memory.segmentation.TurnSegmenter;
import io.madeleine.memory.segmentation.Utterance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which turns of a conversation open an episode, and why. Follows from the log and the surprisal:
 * the same turns give the same boundaries after a restart. One thread at a time.
 */
public final class TurnBoundaries {

  private final TurnSegmenter segmenter = new TurnSegmenter(SegmentationSettings.DEFAULT);
  private final Map<Integer, Boundary> boundaries = new TreeMap<>();
  private int turns;

  /** Takes the next turn. {@return the boundary before it, if it opens an episode} */
  public Optional<Boundary> add(LoggedTurn turn, TokenLine.TurnTokens tokens) {
    turns++;
    List<Utterance> said = new ArrayList<>(TurnSegmenter.utterances(turn));
    double nats = mean(tokens.nats());
    if (nats > 0) {
      said.set(0, said.getFirst().withSurprisal(nats));
    }
    Optional<Boundary> latest = Optional.empty();
    for (Boundary boundary : segmenter.add(said)) {
      boundaries.put(boundary.turn(), boundary);
      latest = Optional.of(boundary);
    }
    return latest;
  }

  /** {@return how many turns it has taken} */
  public int turns() {
    return turns;
  }

  /** {@return the boundary before a turn, if it opens an episode} */
  public Map<Integer, Boundary> all() {
    return Map.copyOf(boundaries);
  }

  private static double mean(float[] nats) {
    double sum = 0;
    for (float each : nats) {
      sum += each;
    }
    return nats.length == 0 ? 0 : sum / nats.length;
  }
}
