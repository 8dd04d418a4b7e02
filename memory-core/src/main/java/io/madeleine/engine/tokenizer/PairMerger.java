package io.madeleine.engine.tokenizer;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * Merges neighbours, the best pair first, the leftmost among equals, until no pair is left. A
 * linked list of symbols and a heap of pairs: O(n log n). Not thread-safe.
 */
final class PairMerger {

  /** No such pair. */
  static final long NONE = Long.MAX_VALUE;

  /** Which neighbours belong together, and what follows when they are joined. */
  interface Pairs {

    /**
     * {@return how early the pair of the symbols {@code [start, middle)} and {@code [middle, end)}
     * is merged, from 0 to 2³² − 1, lower is earlier; or {@link #NONE}}
     */
    long order(int start, int middle, int end);

    /** Told that the pair is one symbol now. */
    default void joined(int start, int middle, int end) {}
  }

  private record Pair(long key, int middle, int end) implements Comparable<Pair> {
    int start() {
      return (int) key;
    }

    @Override
    public int compareTo(Pair other) {
      return Long.compareUnsigned(key, other.key);
    }
  }

  private final Pairs pairs;
  private final int[] ends;
  private final int[] previous;
  private final PriorityQueue<Pair> queue = new PriorityQueue<>();
  private long steps;

  /**
   * Starts with {@code length} symbols of one unit each.
   *
   * @param length number of units (bytes or characters)
   * @param pairs asked once for every pair of neighbours that comes to be
   */
  PairMerger(int length, Pairs pairs) {
    this.pairs = pairs;
    this.ends = new int[length];
    this.previous = new int[length];
    Arrays.setAll(ends, i -> i + 1);
    Arrays.setAll(previous, i -> i - 1);
  }

  /** Merges until nothing can be merged. */
  void merge() {
    for (int i = 0; i + 1 < ends.length; i++) {
      offer(i);
    }
    for (Pair pair = queue.poll(); pair != null; pair = queue.poll()) {
      steps++;
      int start = pair.start();
      if (ends[start] == pair.middle() && ends[pair.middle()] == pair.end()) {
        join(start, pair.middle(), pair.end());
      }
    }
  }

  private void join(int start, int middle, int end) {
    pairs.joined(start, middle, end);
    ends[middle] = -1;
    ends[start] = end;
    if (end < ends.length) {
      previous[end] = start;
      offer(start);
    }
    if (previous[start] >= 0) {
      offer(previous[start]);
    }
  }

  private void offer(int start) {
    int middle = ends[start];
    int end = ends[middle];
    long order = pairs.order(start, middle, end);
    if (order != NONE) {
      queue.add(new Pair(order << 32 | start, middle, end));
    }
  }

  /** {@return the end of the symbol that starts at {@code start}} */
  int end(int start) {
    return ends[start];
  }

  /** {@return how many pairs the heap gave out: the work done, for tests} */
  long steps() {
    return steps;
  }
}
