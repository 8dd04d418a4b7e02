package io.madeleine.conversation.mind;

/** Watches a turn while it happens, on the thread that runs it; what it throws ends the turn. */
public interface MindListener {

  /** Watches nothing. */
  MindListener NONE = new MindListener() {};

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
