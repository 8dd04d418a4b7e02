package io.madeleine.conversation.scheduling;

/**
 * How many sequences share the model.
 *
 * @param running sequences that compute in one step, at least 1
 * @param waiting jobs that may wait; more are refused
 * @param stepTokens tokens of one step, decodes and prefill chunks together: more is faster
 *     overall, fewer keep the time between two tokens of a stream short
 */
public record SchedulerOptions(int running, int waiting, int stepTokens) {

  /** 16 sequences at once, 256 waiting, 128 tokens a step. */
  public static final SchedulerOptions DEFAULT = new SchedulerOptions(16, 256, 128);

  /**
   * @throws IllegalArgumentException if a step cannot hold one token of every running sequence
   */
  public SchedulerOptions {
    if (running < 1 || waiting < 0 || stepTokens < running) {
      throw new IllegalArgumentException(
          ("running must be at least 1, waiting at least 0, and stepTokens at least running, but were"
                  + " %d, %d and %d")
              .formatted(running, waiting, stepTokens));
    }
  }
}
