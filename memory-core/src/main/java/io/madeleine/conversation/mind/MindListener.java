package io.madeleine.conversation.mind;

/** Watches a turn while it happens, on the thread that runs it; what it throws ends the turn. */
public interface MindListener {

  /** Watches nothing. */
  MindListener NONE = new MindListener() {};

  /**
   * Much has to be read before the answer: what was imported, a question that is longer than the
   * model's window, or recalled episodes whose keys and values were lost. Told again and again,
   * until all of it is read.
   *
   * @param read tokens that have been read
   * @param all tokens that are to be read
   */
  default void reading(int read, int all) {}

  /**
   * Episodes were placed.
   *
   * @param episodes how many
   * @param tokens that therefore need no reading
   */
  default void recalled(int episodes, int tokens) {}

  /** The model wrote this; never half a character. */
  default void wrote(String text) {}
}
