package io.madeleine.conversation.episodic;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a conversation said before, as tokens, turn after turn. Immutable. */
public final class Past {

  private final int[] tokens;
  private final int[] starts;
  private final Listener listener;

  private Past(int[] tokens, int[] starts, Listener listener) {
    this.tokens = tokens;
    this.starts = starts;
    this.listener = listener;
  }

  /** Hears how much of the past surprised the model that reads it again, and divides it. */
  @FunctionalInterface
  public interface Listener {

    /**
     * A turn was read from its first token to its last.
     *
     * @param turn counted from 0
     * @param nats surprisal of each of its tokens; 0 where it was not observed
     * @return whether it opens an episode: whatever was open before it ends with it
     * @throws IOException if that cannot be kept; the cache is not opened then
     */
    boolean read(int turn, float[] nats) throws IOException;
  }

  /** One turn, or the rest of one. */
  @SuppressWarnings("ArrayRecordComponent") // stays in this package, never changed
  record Part(int turn, int[] tokens) {}

  /** {@return the past of a new conversation} */
  public static Past none() {
    return new Past(new int[0], new int[] {0}, (turn, nats) -> false);
  }

  /**
   * {@return a past of whole turns}
   *
   * @param tokens behind the prefix, all turns after one another
   * @param starts index of each turn's first token, and the end of the last one
   * @throws IllegalArgumentException if the turns do not cover the tokens in order
   */
  public static Past of(int[] tokens, int[] starts) {
    boolean fits =
        starts.length > 0 && starts[0] == 0 && starts[starts.length - 1] == tokens.length;
    for (int turn = 1; turn < starts.length; turn++) {
      fits &= starts[turn - 1] <= starts[turn];
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "turns must ascend from 0 to the %d tokens that there are, but begin at %s"
              .formatted(tokens.length, Arrays.toString(starts)));
    }
    return new Past(tokens.clone(), starts.clone(), (turn, nats) -> false);
  }

  /** {@return the same past, whose turns {@code heard} is told of as they are read} */
  public Past heardBy(Listener heard) {
    return new Past(tokens, starts, heard);
  }

  /**
   * Tells of a part that was read; nothing is told of the rest of a turn.
   *
   * @return whether it opens an episode
   */
  boolean wasRead(Part part, float[]... nats) throws IOException {
    int length = starts[part.turn + 1] - starts[part.turn];
    return part.tokens.length == length && listener.read(part.turn, joined(nats));
  }

  private static float[] joined(float[]... parts) {
    float[] all = new float[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  int tokens() {
    return tokens.length;
  }

  /** {@return the first {@code count} tokens} */
  int[] first(int count) {
    return Arrays.copyOf(tokens, count);
  }

  /** {@return the turn that token {@code index} belongs to; the number of turns behind the last} */
  int turnOf(int index) {
    int turn = 0;
    while (turn < starts.length - 1 && starts[turn + 1] <= index) {
      turn++;
    }
    return turn;
  }

  /** {@return what was said from token {@code from} on, cut at the turns} */
  List<Part> after(int from) {
    List<Part> parts = new ArrayList<>();
    for (int turn = turnOf(from); turn < starts.length - 1; turn++) {
      int[] part = Arrays.copyOfRange(tokens, Math.max(from, starts[turn]), starts[turn + 1]);
      if (part.length > 0) {
        parts.add(new Part(turn, part));
      }
    }
    return parts;
  }
}
