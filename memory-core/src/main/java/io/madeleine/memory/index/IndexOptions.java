package io.madeleine.memory.index;

import java.time.Duration;

/**
 * How an index stores, and how hard it looks.
 *
 * @param vectors how vectors are laid out
 * @param commitEvery how long a turn may stay out of the index's own files; it is in the log all
 *     along
 * @param purgeWithin how long after an erasure bytes of it may remain in the index's files, while
 *     it is open and they can be written
 * @param exhaustive conversations of up to this many turns are read whole, 64 to 65,536; of larger
 *     ones, and of all of a tenant's, only the surroundings of the best
 * @param depth how many turns words, how many vectors, and how many each time that the question
 *     names propose where not all are read
 * @param questionWithin how long a question may wait for its vector before words alone decide
 * @param vectorQueueBytes how much text may wait for its vector in memory; what does not fit waits
 *     on disk
 */
public record IndexOptions(
    Vectors vectors,
    Duration commitEvery,
    Duration purgeWithin,
    int exhaustive,
    int depth,
    Duration questionWithin,
    long vectorQueueBytes) {

  /** Float vectors, commits every five seconds, purge within a minute. */
  public static final IndexOptions DEFAULT =
      new IndexOptions(
          Vectors.FLOAT,
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          4_096,
          96,
          Duration.ofSeconds(2),
          16L << 20);

  /**
   * How vectors are laid out. The full precision is always kept and decides the order; the smaller
   * forms only find the candidates, in less memory.
   */
  public enum Vectors {
    /** 4 bytes a dimension: smallest on disk, exact. */
    FLOAT,
    /** 1 byte a dimension in memory. */
    INT8,
    /** 1 bit a dimension in memory (Lucene's BBQ); three times as many candidates are drawn. */
    BINARY
  }

  /**
   * @throws IllegalArgumentException if a value lies outside its bounds
   */
  public IndexOptions {
    if (exhaustive < 64 || exhaustive > 65_536) {
      throw new IllegalArgumentException(
          "exhaustive is %d: choose 64 to 65,536 turns".formatted(exhaustive));
    }
    if (depth < 1 || depth > 1_000) {
      throw new IllegalArgumentException("depth is %d: choose 1 to 1,000".formatted(depth));
    }
    if (commitEvery.isNegative() || purgeWithin.isNegative() || vectorQueueBytes < 0) {
      throw new IllegalArgumentException(
          "commitEvery %s, purgeWithin %s, vectorQueueBytes %d: none may be negative"
              .formatted(commitEvery, purgeWithin, vectorQueueBytes));
    }
  }

  /** {@return the same with another layout of vectors} */
  public IndexOptions with(Vectors layout) {
    return new IndexOptions(
        layout, commitEvery, purgeWithin, exhaustive, depth, questionWithin, vectorQueueBytes);
  }
}
