package io.madeleine.engine.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed team for work of a few microseconds: the caller is one of the team, the others spin for a
 * moment when they run dry and then park. One thread at a time may call {@link #run}.
 */
public final class WorkerPool implements AutoCloseable {

  // Longer than the serial stretch between two products of one layer, shorter than a scheduler's
  // time slice: a worker that spins on would take the core from whoever should be computing.
  private static final int SPINS = 20_000;

  // About what one thread does while another wakes up.
  private static final long WORTH_SHARING = 200_000;

  private final Worker[] workers;
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile long epoch;
  private volatile boolean closed;
  private volatile boolean callerParked;
  private volatile @Nullable Thread caller;
  private @Nullable Task task;

  /** One share of a piece of work. */
  @FunctionalInterface
  public interface Task {
    /** Does share {@code worker} of {@code workers}. */
    void run(int worker, int workers);
  }

  /**
   * @param threads the size of the team, the caller counted in, at least 1
   */
  public WorkerPool(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("a pool needs at least 1 thread, but got " + threads);
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].thread.start();
    }
  }

  /** {@return the size of the team, the caller counted in} */
  public int threads() {
    return workers.length + 1;
  }

  /**
   * As {@link #run} if there is enough to do to be worth waking the team for, and on the calling
   * thread alone otherwise.
   *
   * @param operations additions and multiplications, roughly
   */
  public void run(long operations, Task work) {
    if (operations < WORTH_SHARING) {
      work.run(0, 1);
    } else {
      run(work);
    }
  }

  /** Runs every share of {@code work} and returns when all are done; rethrows what one threw. */
  public void run(Task work) {
    if (workers.length == 0) {
      work.run(0, 1);
      return;
    }
    if (closed) {
      throw new IllegalStateException("this worker pool is closed");
    }
    task = work;
    pending.set(workers.length);
    callerParked = false;
    caller = Thread.currentThread();
    publish();
    for (Worker worker : workers) {
      worker.wake();
    }
    runShare(work, 0);
    await();
    Throwable thrown = failure.getAndSet(null);
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time calls run
  private void publish() {
    epoch++;
  }

  private void runShare(Task work, int share) {
    try {
      work.run(share, workers.length + 1);
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  private void await() {
    for (int spins = 0; pending.get() > 0; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        callerParked = true;
        if (pending.get() > 0) {
          LockSupport.park(this);
        }
      }
    }
    callerParked = false;
  }

  /** Stops the team. Closing twice does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      publish();
      for (Worker worker : workers) {
        LockSupport.unpark(worker.thread);
      }
    }
  }

  private final class Worker implements Runnable {
    private final int index;
    private final Thread thread;
    private volatile boolean parked;

    Worker(int index) {
      this.index = index;
      this.thread = Thread.ofPlatform().daemon().name("madeleine-kernel-" + index).unstarted(this);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(thread);
      }
    }

    @Override
    public void run() {
      long seen = 0;
      while (true) {
        awaitNewerThan(seen);
        seen = epoch;
        if (closed) {
          return;
        }
        Task work = task;
        if (work != null) {
          runShare(work, index);
        }
        if (pending.decrementAndGet() == 0 && callerParked) {
          LockSupport.unpark(caller);
        }
      }
    }

    private void awaitNewerThan(long seen) {
      for (int spins = 0; epoch == seen; spins++) {
        if (spins < SPINS) {
          Thread.onSpinWait();
        } else {
          parked = true;
          if (epoch == seen) {
            LockSupport.park(WorkerPool.this);
          }
        }
      }
      parked = false;
    }
  }
}
