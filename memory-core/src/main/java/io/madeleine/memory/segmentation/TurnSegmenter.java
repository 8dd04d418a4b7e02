package io.madeleine.memory.segmentation;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts a history of whole turns: only the first thing said in a turn may open an episode, so that a
 * question stays with its answer, and a tool's call with its result.
 *
 * <p>The look-ahead of the settings counts utterances. A turn that is already whole brings its
 * answer along, so a look-ahead of 1 costs such a history no delay.
 *
 * <p>One thread at a time.
 */
public final class TurnSegmenter {

  private final StreamSegmenter segmenter;

  /** Index of an utterance that may open, to the index of its turn; decided ones are gone. */
  private final Map<Integer, Integer> openers = new HashMap<>();

  private int utterances;
  private int turns;

  public TurnSegmenter(SegmentationSettings settings) {
    segmenter = new StreamSegmenter(settings);
  }

  /** Takes a turn as the log holds it, without vectors. */
  public List<Boundary> add(LoggedTurn turn) {
    return add(utterances(turn));
  }

  /**
   * Takes a turn as what was said in it, in order, at least one utterance.
   *
   * @return the boundaries that this settles; they name turns, counted from 0
   */
  public List<Boundary> add(List<Utterance> turn) {
    openers.put(utterances, turns++);
    List<Boundary> settled = new ArrayList<>();
    for (int i = 0; i < turn.size(); i++) {
      Utterance said = i == 0 ? turn.get(i) : turn.get(i).continuing();
      segmenter.add(said).ifPresent(boundary -> settled.add(named(boundary)));
      utterances++;
    }
    openers.keySet().removeIf(first -> first < utterances - BoundaryModel.MOST_LOOK_AHEAD - 1);
    return List.copyOf(settled);
  }

  /** {@return the boundaries among what still waited for later turns} */
  public List<Boundary> finish() {
    return segmenter.finish().stream().map(this::named).toList();
  }

  private Boundary named(Boundary boundary) {
    return new Boundary(
        openers.getOrDefault(boundary.turn(), 0),
        boundary.level(),
        boundary.probability(),
        boundary.reasons());
  }

  /**
   * {@return what people and the assistant said in a turn; never empty. Tools are not heard: their
   * calls and results go with the turn}
   */
  public static List<Utterance> utterances(LoggedTurn turn) {
    List<Utterance> said = new ArrayList<>();
    for (LoggedMessage message : turn.messages()) {
      boolean heard =
          message.body() instanceof ChatMessage.User
              || message.body() instanceof ChatMessage.Assistant;
      if (heard && !message.body().text().isBlank()) {
        said.add(Utterance.of(speaker(message), message.body().text()).at(message.at()));
      }
    }
    if (said.isEmpty()) {
      said.add(Utterance.of("", "").at(turn.messages().getFirst().at()));
    }
    return List.copyOf(said);
  }

  private static String speaker(LoggedMessage message) {
    if (!message.speaker().isEmpty()) {
      return message.speaker();
    }
    return message.body() instanceof ChatMessage.User ? "user" : "assistant";
  }
}
