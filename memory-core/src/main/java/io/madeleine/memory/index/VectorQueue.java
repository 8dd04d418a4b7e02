package io.madeleine.memory.index;

import io.madeleine.memory.index.schema.IndexedTurn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Turns whose vector is still to come, in memory up to a byte budget; the others stay marked in the
 * index and are read from there, and so are those that the embedder refused. Guarded by its own
 * lock.
 */
final class VectorQueue {

  private static final int BYTES_PER_CHARACTER = 2;
  private static final int OVERHEAD = 200;

  /** Less than a megabyte of numbers. */
  static final int MOST_REFUSED = 10_000;

  private final Semaphore work = new Semaphore(0);
  private final long budget;
  private final SequencedMap<Long, IndexedTurn> waiting = new LinkedHashMap<>();
  private final Set<Long> taken = new HashSet<>();
  private final SequencedSet<Long> refused = new LinkedHashSet<>();
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
  }

  /** {@return up to {@code most} turns, to be claimed, put back or refused} */
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

  /** Puts turns in front of all others; what was claimed of them already, the index has to say. */
  synchronized void putBack(List<IndexedTurn> batch) {
    for (IndexedTurn turn : batch.reversed()) {
      if (taken.remove(turn.sequence())) {
        waiting.putFirst(turn.sequence(), turn);
        bytes += size(turn);
      }
    }
    overflowed = true;
  }

  /**
   * Sets a taken turn aside: its text stays in the index alone, and others come before it. Where
   * very many are set aside, the first of them is no longer, and the index gives it again.
   */
  synchronized void refuse(long sequence) {
    taken.remove(sequence);
    refused.add(sequence);
    if (refused.size() > MOST_REFUSED) {
      refused.removeFirst();
      overflowed = true;
    }
  }

  /**
   * Lets the index give those turns again which were set aside the longest, {@code most} at most.
   *
   * @return whether there was one
   */
  synchronized boolean pardon(int most) {
    boolean any = !refused.isEmpty();
    for (int i = 0; i < most && !refused.isEmpty(); i++) {
      refused.removeFirst();
    }
    return any;
  }

  /** {@return the turns set aside, for whoever reads others from the index} */
  synchronized long[] refused() {
    return refused.stream().mapToLong(Long::longValue).toArray();
  }

  /** {@return whether a taken turn is still wanted: nobody erased or replaced it meanwhile} */
  synchronized boolean claim(long sequence) {
    return taken.remove(sequence);
  }

  synchronized void forget(long sequence) {
    taken.remove(sequence);
    refused.remove(sequence);
    IndexedTurn turn = waiting.remove(sequence);
    if (turn != null) {
      bytes -= size(turn);
    }
  }

  /** {@return whether no turn waits: neither here, nor set aside, nor perhaps in the index} */
  synchronized boolean isDone() {
    return waiting.isEmpty() && refused.isEmpty() && !overflowed;
  }

  /** Says that turns may wait in the index that are not here. */
  synchronized void overflow() {
    overflowed = true;
  }

  synchronized boolean takeOverflow() {
    boolean was = overflowed;
    overflowed = false;
    return was;
  }

  /** Ends the wait for work. */
  void wake() {
    work.release();
  }

  /** Waits until somebody {@link #wake wakes} it, or that long. */
  void awaitWork(long millis) throws InterruptedException {
    if (work.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
      work.drainPermits();
    }
  }

  private static long size(IndexedTurn turn) {
    return OVERHEAD + (long) BYTES_PER_CHARACTER * turn.text().length();
  }
}
