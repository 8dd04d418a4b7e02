package io.madeleine.conversation;

/**
 * Watches a turn while it happens. Called on the thread that runs the turn, never on the model's,
 * so it may take its time: the others go on meanwhile. Whatever it throws ends the turn as a
 * failure.
 */
public interface TurnListener {

  /** Watches nothing. */
  TurnListener NONE = new TurnListener() {};

  /**
   * The model reads.
   *
   * @param done tokens read so far
   * @param total tokens to be read in this turn
   */
  default void reading(int done, int total) {}

  /** The model wrote this; never half a character. */
  default void wrote(String text) {}

  /** Something that a person should know: context cut, keys and values read anew, and the like. */
  default void noted(String sentence) {}

  /** {@return whether to stop; asked between any two tokens} */
  default boolean cancelled() {
    return false;
  }
}
