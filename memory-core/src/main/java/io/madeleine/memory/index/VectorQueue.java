package io.madeleine.memory.index;

import io.madeleine.memory.index.schema.IndexedTurn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Turns whose vector is still to come, in memory up to a byte budget; the others stay marked in the
 * index and are read from there. Guarded by its own lock.
 */
final class VectorQueue {

  private static final int BYTES_PER_CHARACTER = 2;
  private static final int OVERHEAD = 200;

  private final Semaphore work = new Semaphore(0);
  private final long budget;
  private final Map<Long, IndexedTurn> waiting = new LinkedHashMap<>();
  private final Set<Long> taken = new HashSet<>();
  private long bytes;
  private boolean overflowed;

  VectorQueue(long budget) {
    this.budget = budget;
  }

  /** Adds a turn, in place of an older form of it. A single one always fits. */
  synchronized void add(IndexedTurn turn) {
    forget(turn.sequence());
    if (bytes + size(turn) > budget && !waiting.isEmpty()) {
      overflowed = true;
    } else {
      waiting.put(turn.sequence(), turn);
      bytes += size(turn);
    }
    work.release();
  }

  /** {@return up to {@code most} turns, to be claimed or put back} */
  synchronized List<IndexedTurn> take(int most) {
    List<IndexedTurn> batch = new ArrayList<>();
    for (Iterator<IndexedTurn> each = waiting.values().iterator();
        each.hasNext() && batch.size() < most; ) {
      IndexedTurn turn = each.next();
      each.remove();
      bytes -= size(turn);
      taken.add(turn.sequence());
      batch.add(turn);
    }
    return batch;
  }

  synchronized void putBack(List<IndexedTurn> batch) {
    for (IndexedTurn turn : batch) {
      if (taken.remove(turn.sequence())) {
        waiting.put(turn.sequence(), turn);
        bytes += size(turn);
      }
    }
  }

  /** {@return whether a taken turn is still wanted: nobody erased or replaced it meanwhile} */
  synchronized boolean claim(long sequence) {
    return taken.remove(sequence);
  }

  synchronized void forget(long sequence) {
    taken.remove(sequence);
    IndexedTurn turn = waiting.remove(sequence);
    if (turn != null) {
      bytes -= size(turn);
    }
  }

  synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Says that turns wait in the index that are not here. */
  synchronized void overflow() {
    overflowed = true;
    work.release();
  }

  synchronized boolean takeOverflow() {
    boolean was = overflowed;
    overflowed = false;
    return was;
  }

  synchronized boolean overflowed() {
    return overflowed;
  }

  void wake() {
    work.release();
  }

  /** Waits until something is added, or that long. */
  void awaitWork(long millis) throws InterruptedException {
    if (work.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
      work.drainPermits();
    }
  }

  private static long size(IndexedTurn turn) {
    return OVERHEAD + (long) BYTES_PER_CHARACTER * turn.text().length();
  }
}
