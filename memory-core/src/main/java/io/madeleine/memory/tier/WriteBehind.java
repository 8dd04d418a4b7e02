package io.madeleine.memory.tier;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Hands writes to one thread, as long as they weigh no more than the budget together; the caller
 * that would exceed it waits. A write that fails, in whatever way, is reported and dropped: what it
 * would have stored can be rebuilt, and those who wait for the queue must not wait for ever.
 */
final class WriteBehind implements AutoCloseable {

  /** One write. */
  private record Job(long bytes, Runnable write) {}

  private final long budget;
  private final Consumer<Throwable> failures;
  private final Deque<Job> jobs = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread;
  private long queued;
  private long added; // jobs
  private long finished; // jobs, in the order in which they were added
  private boolean closed;

  WriteBehind(long budget, Consumer<Throwable> failures) {
    this.budget = budget;
    this.failures = failures;
    this.thread = Thread.ofPlatform().daemon().name("span-writer").start(this::run);
  }

  /** Queues a write of {@code bytes}; waits while the queue is too heavy for it. */
  void add(long bytes, Runnable write) {
    lock.lock();
    try {
      while (queued > 0 && queued + bytes > budget && !closed) {
        changed.awaitUninterruptibly();
      }
      if (closed) {
        throw new IllegalStateException("the tiers are closed");
      }
      jobs.add(new Job(bytes, write));
      added++;
      queued += bytes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until everything that is queued by now is written; not for what others add meanwhile. */
  void flush() {
    lock.lock();
    try {
      long last = added;
      while (finished < last) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  long queuedBytes() {
    lock.lock();
    try {
      return queued;
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    Optional<Job> job = next();
    while (job.isPresent()) {
      try {
        write(job.get());
      } finally {
        done(job.get());
      }
      job = next();
    }
  }

  private void write(Job job) {
    try {
      job.write().run();
    } catch (Throwable failure) {
      report(failure);
    }
  }

  private void report(Throwable failure) {
    try {
      failures.accept(failure);
    } catch (Throwable unsaid) {
      // Without memory even that may fail, and the next write must not.
    }
  }

  private Optional<Job> next() {
    lock.lock();
    try {
      while (jobs.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      return Optional.ofNullable(jobs.poll());
    } finally {
      lock.unlock();
    }
  }

  private void done(Job job) {
    lock.lock();
    try {
      finished++;
      queued -= job.bytes();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Writes what is queued, and stops. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
