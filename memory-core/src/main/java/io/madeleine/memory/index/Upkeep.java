package io.madeleine.memory.index;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What an index does unasked and by the clock, and the notes on what went wrong meanwhile. */
final class Upkeep {

  private static final int LONGEST_CLOSE = 60;
  private static final long SHORTEST_PAUSE = 1_000;
  private static final int MOST_NOTES = 32;

  private final ScheduledExecutorService clockwork =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("madeleine-index").unstarted(task));
  private final Deque<String> notes = new ArrayDeque<>();
  private long notesLeftOut;
  private Future<?> commits = CompletableFuture.completedFuture("not begun");
  private Future<?> purge = CompletableFuture.completedFuture("nothing to purge");
  private boolean purging;
  private boolean stopped;

  synchronized void commitEvery(Duration pause, Runnable commit) {
    long every = Math.max(1, pause.toMillis());
    Runnable quietly = quietly(commit, "a commit failed and will be tried again: ");
    commits = clockwork.scheduleWithFixedDelay(quietly, every, every, TimeUnit.MILLISECONDS);
  }

  /**
   * Purges once within {@code deadline}, also for what is erased until then, and again while
   * something is due: a purge can fail, and something be erased as it ends.
   *
   * @param due takes no lock: whoever erases asks for a purge under theirs
   */
  synchronized void purgeWithin(Duration deadline, Runnable task, BooleanSupplier due) {
    if (!purging) {
      schedule(deadline.toMillis() / 2, deadline, task, due);
    }
  }

  private synchronized void schedule(
      long millis, Duration deadline, Runnable task, BooleanSupplier due) {
    purging = !stopped;
    if (purging) {
      purge = clockwork.schedule(() -> purge(deadline, task, due), millis, TimeUnit.MILLISECONDS);
    }
  }

  private void purge(Duration deadline, Runnable task, BooleanSupplier due) {
    try {
      if (due.getAsBoolean()) {
        quietly(task, "a purge failed and will be tried again: ").run();
      }
    } finally {
      again(deadline, task, due);
    }
  }

  private synchronized void again(Duration deadline, Runnable task, BooleanSupplier due) {
    purging = false;
    if (due.getAsBoolean()) {
      schedule(Math.max(SHORTEST_PAUSE, deadline.toMillis() / 2), deadline, task, due);
    }
  }

  private Runnable quietly(Runnable task, String otherwise) {
    return () -> {
      try {
        task.run();
      } catch (IndexException e) {
        note(otherwise + e.getMessage());
      } catch (Throwable e) { // which would end the clock for good
        note(otherwise + e);
      }
    };
  }

  /**
   * Keeps the newest notes. On a full disk every commit fails, for days: what one of the last two
   * said is not said again, since commits and mending take turns.
   */
  void note(String note) {
    synchronized (notes) {
      if (notes.reversed().stream().limit(2).anyMatch(note::equals)) {
        return;
      }
      notes.addLast(note);
      if (notes.size() > MOST_NOTES) {
        notes.removeFirst();
        notesLeftOut++;
      }
    }
  }

  /** {@return the newest notes, oldest first, and before them how many older ones there were} */
  List<String> notes() {
    synchronized (notes) {
      List<String> told = new ArrayList<>(notes);
      if (notesLeftOut > 0) {
        told.addFirst("%d older notes are left out".formatted(notesLeftOut));
      }
      return told;
    }
  }

  /** Without interrupting: an interrupted thread closes Lucene's files under everybody's feet. */
  void stop() {
    synchronized (this) { // and not while waiting: a purge that ends looks whether it is due again
      stopped = true;
      commits.cancel(false);
      purge.cancel(false);
      clockwork.shutdown();
    }
    try {
      if (!clockwork.awaitTermination(LONGEST_CLOSE, TimeUnit.SECONDS)) {
        note("a purge was still going on when the index was closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
