package io.madeleine.conversation;

import io.madeleine.memory.history.LoggedTurn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A turn that is over.
 *
 * @param answer what the model said
 * @param finish why it stopped
 * @param logged the turn in the history; empty if it was stopped and dropped
 * @param tokens how many tokens were what
 * @param timing how long it took
 * @param keysAndValues where those of the earlier turns came from
 * @param recalled what of the past the model had before it, and why
 * @param turnsLeftOut turns that no longer fit the context; they stay in the history
 * @param notes what a person should know, in sentences
 */
public record Turn(
    String answer,
    Finish finish,
    Optional<LoggedTurn> logged,
    Tokens tokens,
    Timing timing,
    Origin keysAndValues,
    Recalled recalled,
    int turnsLeftOut,
    List<String> notes) {

  /** Why the model stopped. */
  public enum Finish {
    /** It had said all. */
    STOP,
    /** The limit on tokens, or the end of the context. */
    LENGTH,
    /** Somebody stopped it. */
    CANCELLED
  }

  /** Where the keys and values of earlier turns came from. */
  public enum Origin {
    /** There was nothing before. */
    NEW,
    /** They were in memory. */
    MEMORY,
    /** They were read from a snapshot on disk. */
    SNAPSHOT,
    /** They were computed again from the history. */
    RECOMPUTED
  }

  /**
   * How many tokens were what. {@code reused + read} is the whole prompt.
   *
   * @param reused had their keys and values already: prefill saved
   * @param read were read in this turn: prefill done
   * @param written were written in this turn
   */
  public record Tokens(int reused, int read, int written) {}

  /**
   * What of the past the model had before it when it answered.
   *
   * @param turns their places in the history, oldest first
   * @param why these, in a sentence for people
   * @param bytesMoved of keys and values that came from disk for it
   */
  public record Recalled(List<Integer> turns, String why, long bytesMoved) {

    /** Nothing was said before. */
    public static final Recalled NOTHING = new Recalled(List.of(), "nothing was said before", 0);

    /** Copies the list. */
    public Recalled {
      turns = List.copyOf(turns);
    }
  }

  /**
   * How long it took.
   *
   * @param reading until the prompt was read
   * @param writing from there until the last token
   */
  public record Timing(Duration reading, Duration writing) {}

  public Turn {
    notes = List.copyOf(notes);
  }
}
