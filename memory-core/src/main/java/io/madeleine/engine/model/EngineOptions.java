package io.madeleine.engine.model;

/**
 * How a transformer runs.
 *
 * @param threads that compute, the caller counted in
 * @param warmUp whether loading runs a few synthetic tokens, so that the first real ones find
 *     compiled code; about three seconds of CPU
 * @param batchTokens the most tokens that one pass over the weights takes; longer prefills are cut
 *     up. Working memory grows with it
 * @param contextLength the most positions that will be used; more than the model's own is taken as
 *     the model's own. LongRoPE models (Phi 3.5, Phi 4 mini) choose their factors by it: within the
 *     context that they were first trained for, usually 4096, the short ones, which answer better
 *     there, and beyond it the long ones, from the first token on
 */
public record EngineOptions(int threads, boolean warmUp, int batchTokens, int contextLength) {

  /**
   * @throws IllegalArgumentException if a number is below 1
   */
  public EngineOptions {
    if (threads < 1 || batchTokens < 1 || contextLength < 1) {
      throw new IllegalArgumentException(
          "threads, batchTokens and contextLength must be at least 1, but were %d, %d and %d"
              .formatted(threads, batchTokens, contextLength));
    }
  }

  /** Options with batches of 512 tokens and the model's own context length. */
  public EngineOptions(int threads, boolean warmUp) {
    this(threads, warmUp, 512, Integer.MAX_VALUE);
  }

  /** {@return the same with at most so many positions} */
  public EngineOptions within(int positions) {
    return new EngineOptions(threads, warmUp, batchTokens, positions);
  }

  /** {@return all cores, warmed up} */
  public static EngineOptions defaults() {
    return new EngineOptions(Runtime.getRuntime().availableProcessors(), true);
  }
}
