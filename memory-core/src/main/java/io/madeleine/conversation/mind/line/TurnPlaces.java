package io.madeleine.conversation.mind.line;

import io.madeleine.memory.history.LoggedTurn;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Where the turns of a conversation stand in its line, and so in its episodes: counted without the
 * gaps that {@link LoggedTurn#index} has where turns were forgotten. One thread at a time.
 */
public final class TurnPlaces {

  private long[] sequences = new long[16];
  private int count;

  /** Takes the next turn. */
  public void add(LoggedTurn turn) {
    if (count == sequences.length) {
      sequences = Arrays.copyOf(sequences, 2 * count);
    }
    sequences[count++] = turn.sequence();
  }

  /**
   * {@return the place of a turn, from 0; empty if the line does not have it}
   *
   * @param sequence the log's number of it
   */
  public OptionalInt of(long sequence) {
    int place = Arrays.binarySearch(sequences, 0, count, sequence);
    return place < 0 ? OptionalInt.empty() : OptionalInt.of(place);
  }
}
