package io.madeleine.conversation.episodic;

/**
 * Watches long reading, on the thread that reads, before each block or turn of it, or each episode
 * that was lost. What it throws ends the reading: the episodes that closed or were read again by
 * then stay, and whoever opens the conversation again goes on behind them.
 */
@FunctionalInterface
public interface Progress {

  /** Watches nothing. */
  Progress UNSEEN = (read, all) -> {};

  /**
   * So far so good.
   *
   * @param read tokens that have been read
   * @param all tokens that are to be read
   */
  void reached(int read, int all);
}
