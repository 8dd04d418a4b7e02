package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.Past;
import io.madeleine.conversation.mind.line.TokenLine;
import io.madeleine.conversation.mind.line.TurnBoundaries;
import io.madeleine.memory.history.LoggedTurn;
import java.io.IOException;
import java.util.List;

/**
 * Hears turns that are read again: writes down how much they surprised the model, and divides them
 * as if they were said only now. One thread at a time.
 */
final class PastTurns implements Past.Listener {

  private final List<LoggedTurn> turns;
  private final TokenLine line;
  private final TurnBoundaries boundaries;

  /**
   * @param line of all these turns
   * @param boundaries which have taken none yet
   */
  PastTurns(List<LoggedTurn> turns, TokenLine line, TurnBoundaries boundaries) {
    this.turns = turns;
    this.line = line;
    this.boundaries = boundaries;
  }

  @Override
  public boolean read(int turn, float[] nats) throws IOException {
    line.observed(turn, nats);
    return divided(turn + 1);
  }

  /** Divides the rest, of which nothing was read again, or not the whole turn. */
  void over() {
    boolean unused = divided(turns.size());
  }

  /** Takes what was not taken of the first turns. {@return whether the last opens an episode} */
  private boolean divided(int first) {
    boolean opens = false;
    for (int place = boundaries.turns(); place < first; place++) {
      opens = boundaries.add(turns.get(place), line.turn(place)).isPresent();
    }
    return opens;
  }
}
