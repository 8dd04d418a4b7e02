package io.madeleine.server.openai;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What is to be told of an answer, on its way from the thread that computes it, which must wait for
 * nobody, to the request's, which waits for its client. A client that does not read lets the parts
 * pile up here, as many as the answer has, and holds nobody else up.
 *
 * @param <T> a part
 */
final class Handover<T> {

  /**
   * Proxies cut a connection that is silent for a minute, some for half of one. As long as nothing
   * is told a refusal has its status, so nothing is told sooner than it must be.
   */
  private static final Duration SILENT_FIRST = Duration.ofSeconds(20);

  /** Behind that a refusal is an event in any case, and a client that is gone is noticed sooner. */
  private static final Duration SILENT = Duration.ofSeconds(10);

  private final BlockingQueue<Optional<T>> parts = new LinkedBlockingQueue<>();
  private final Duration silent;
  private Duration patience;

  Handover() {
    this(SILENT_FIRST, SILENT);
  }

  /**
   * @param first how long nothing comes before the client is told for the first time that it waits
   * @param between the same once it was told anything
   */
  Handover(Duration first, Duration between) {
    this.patience = first;
    this.silent = between;
  }

  /** Takes the next part; returns at once. */
  void add(T part) {
    parts.add(Optional.of(part));
  }

  /**
   * Hands the parts on as they come, on the calling thread, until the answer is over, however it
   * ended. A failure of the answer that comes when {@code waiting} has been run, or a part handed
   * on, finds a client that was answered: it can be told as an event of a stream, and has no status
   * any more.
   *
   * @param answer adds no part once it is done
   * @param waiting is run when nothing has come for 20 s, and then whenever nothing has for 10 s
   * @param client may be slow
   * @throws RuntimeException what {@code client} or {@code waiting} threw; the answer goes on
   */
  void tell(CompletableFuture<?> answer, Runnable waiting, Consumer<T> client) {
    CompletableFuture<?> unused =
        answer.whenComplete((result, failure) -> parts.add(Optional.empty()));
    try {
      for (var part = next(waiting); part.isPresent(); part = next(waiting)) {
        client.accept(part.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while an answer was written", e);
    }
  }

  private Optional<T> next(Runnable waiting) throws InterruptedException {
    for (; ; ) {
      Optional<T> part = parts.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
      patience = silent;
      if (part != null) {
        return part;
      }
      waiting.run();
    }
  }
}
