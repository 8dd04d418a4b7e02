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
  private long pause = FIRST_PAUSE; // this and the next are the filler's own
  private int oneByOne;
  private int pardonedTogether = 1;
  private boolean pardoned; // whether the next batch is of turns that were set aside

  Vectorizer(Embedder embedder, IndexOptions options, TurnIndex index) {
    this.embedder = new CheckedEmbedder(embedder);
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
    queue.wake();
  }

  /** Looks again for turns that wait in the index. */
  void lookAgain() {
    synchronized (progress) {
      busy = true;
    }
    queue.overflow();
    queue.wake();
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
    try {
      while (!closed) {
        List<IndexedTurn> batch = queue.take(oneByOne > 0 ? 1 : BATCH);
        if (!batch.isEmpty()) {
          attempt(batch);
        } else if (queue.takeOverflow() || pardon()) {
          readWaiting();
        } else {
          settle();
          queue.awaitWork(IDLE);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean pardon() {
    pardoned = queue.pardon(pardonedTogether);
    return pardoned;
  }

  /**
   * Nobody can tell a text that is refused from an embedder that is away. So the turns of a batch
   * that failed are tried one by one, and one that fails alone is tried again after all others: one
   * such turn first, and twice as many each time that it goes well, until something fails.
   */
  private void attempt(List<IndexedTurn> batch) throws InterruptedException {
    boolean again = pardoned;
    pardoned = false;
    oneByOne = Math.max(0, oneByOne - 1);
    if (fill(batch)) {
      pause = FIRST_PAUSE;
      pardonedTogether = again ? Math.min(BATCH, pardonedTogether * 2) : pardonedTogether;
      return;
    }
    pardonedTogether = 1;
    if (batch.size() > 1) {
      queue.putBack(batch);
      oneByOne = batch.size();
    } else {
      queue.refuse(batch.getFirst().sequence());
      waitLonger();
    }
  }

  private void waitLonger() throws InterruptedException {
    queue.awaitWork(pause);
    pause = Math.min(LONGEST_PAUSE, pause * 2);
  }

  private void settle() {
    synchronized (progress) {
      if (queue.isDone()) {
        busy = false;
        progress.notifyAll();
      }
    }
  }

  private void readWaiting() throws InterruptedException {
    try {
      if (index.queueWaiting(BATCH * 8, queue) == BATCH * 8) {
        queue.overflow();
      }
    } catch (Throwable e) {
      failure = "turns without a vector could not be read: " + e;
      queue.overflow();
      waitLonger();
    }
  }

  /** Whatever a stranger's model throws must not end this thread: the turns wait and it says so. */
  private boolean fill(List<IndexedTurn> batch) {
    boolean othersWait = queue.refused().length > 0;
    String what = "the embedder failed";
    try {
      List<float[]> vectors = embedder.embed(batch.stream().map(IndexedTurn::text).toList());
      what = "the index could not be written";
      index.fill(batch, vectors, queue);
      if (!othersWait) {
        failure = "";
      }
      return true;
    } catch (Throwable e) {
      failure = "%s, turns wait for their vectors: %s".formatted(what, e);
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
