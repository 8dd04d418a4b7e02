package io.madeleine.memory.index.vector;

import java.time.Duration;

/**
 * How a store keeps.
 *
 * @param commitEvery how long what was added may be lost by a crash; 0 s writes every change to
 *     disk before it is acknowledged, which costs some 100 ms a call
 * @param mostEntries how many it may hold; more are refused, never dropped
 */
public record VectorStoreOptions(Duration commitEvery, int mostEntries) {

  /** Commits every five seconds, at most a million entries. */
  public static final VectorStoreOptions DEFAULT =
      new VectorStoreOptions(Duration.ofSeconds(5), 1_000_000);

  /**
   * @throws IllegalArgumentException if the duration is negative or no entry may be held
   */
  public VectorStoreOptions {
    if (commitEvery.isNegative() || mostEntries < 1) {
      throw new IllegalArgumentException(
          "commitEvery is %s and mostEntries %d: choose at least 0 s and 1"
              .formatted(commitEvery, mostEntries));
    }
  }

  /** {@return whether a change is on disk before it is acknowledged} */
  boolean isImmediate() {
    return commitEvery.isZero();
  }
}
