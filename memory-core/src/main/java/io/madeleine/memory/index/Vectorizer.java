package io.madeleine.memory.index;

import io.madeleine.memory.index.schema.IndexedTurn;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks the embedder, beside the turns and never in their way, until every turn has its vector. */
final class Vectorizer implements AutoCloseable {

  private static final int BATCH = 32;
  private static final long FIRST_PAUSE = 200;
  private static final long LONGEST_PAUSE = 30_000;
  private static final long IDLE = 1_000;

  private final Embedder embedder;
  private final IndexOptions options;
  private final TurnIndex index;
  private final VectorQueue queue;
  private final Thread filler;
  private final ExecutorService questions = Executors.newVirtualThreadPerTaskExecutor();
  private volatile String failure = "";
  private final Object progress = new Object();
  private boolean busy = true;
  private volatile boolean closed;

  Vectorizer(Embedder embedder, IndexOptions options, TurnIndex index) {
    this.embedder = embedder;
    this.options = options;
    this.index = index;
    this.queue = new VectorQueue(options.vectorQueueBytes());
    this.filler = Thread.ofPlatform().daemon().name("madeleine-vectors").unstarted(this::run);
  }

  void start() {
    queue.overflow();
    filler.start();
  }

  void add(IndexedTurn turn) {
    synchronized (progress) {
      busy = true;
    }
    queue.add(turn);
  }

  /** Looks again for turns that wait in the index. */
  void lookAgain() {
    synchronized (progress) {
      busy = true;
    }
    queue.overflow();
  }

  void forget(long sequence) {
    queue.forget(sequence);
  }

  /** {@return the question's vector, unless the embedder fails or takes too long} */
  Optional<float[]> question(String text) {
    if (text.isBlank()) {
      return Optional.empty();
    }
    Future<float[]> vector = questions.submit(() -> embedder.embedQuery(text));
    try {
      float[] found = vector.get(options.questionWithin().toMillis(), TimeUnit.MILLISECONDS);
      return Optional.of(found);
    } catch (ExecutionException e) {
      failure = "the embedder failed, words alone decide: " + e.getCause();
      return Optional.empty();
    } catch (TimeoutException e) {
      vector.cancel(true);
      failure = "the embedder took longer than %s".formatted(options.questionWithin());
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  List<String> notes() {
    String told = failure;
    return told.isEmpty() ? List.of() : List.of(told);
  }

  boolean await(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    synchronized (progress) {
      while (busy) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          return false;
        }
        progress.wait(left);
      }
      return true;
    }
  }

  private void run() {
    long pause = FIRST_PAUSE;
    try {
      while (!closed) {
        List<IndexedTurn> batch = queue.take(BATCH);
        if (batch.isEmpty() && queue.takeOverflow()) {
          readWaiting();
        } else if (batch.isEmpty()) {
          settle();
          queue.awaitWork(IDLE);
        } else if (fill(batch)) {
          pause = FIRST_PAUSE;
        } else {
          queue.awaitWork(pause);
          pause = Math.min(LONGEST_PAUSE, pause * 2);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void settle() {
    synchronized (progress) {
      if (queue.isEmpty() && !queue.overflowed()) {
        busy = false;
        progress.notifyAll();
      }
    }
  }

  private void readWaiting() {
    try {
      if (index.queueWaiting(BATCH * 8, queue) == BATCH * 8) {
        queue.overflow();
      }
    } catch (RuntimeException e) {
      failure = "turns without a vector could not be read: " + e;
    }
  }

  /** Whatever a stranger's model throws must not end this thread: the turns wait and it says so. */
  private boolean fill(List<IndexedTurn> batch) {
    try {
      List<float[]> vectors = embedder.embed(batch.stream().map(IndexedTurn::text).toList());
      index.fill(batch, vectors, queue);
      failure = "";
      return true;
    } catch (RuntimeException | LinkageError e) {
      failure = "the embedder failed, %d turns wait: %s".formatted(batch.size(), e);
      queue.putBack(batch);
      return false;
    }
  }

  @Override
  public void close() {
    closed = true;
    queue.wake();
    questions.shutdownNow();
    try {
      filler.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
