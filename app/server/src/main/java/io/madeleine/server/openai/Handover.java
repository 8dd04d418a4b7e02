package io.madeleine.server.openai;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * What is to be told of an answer, on its way from the thread that computes it, which must wait for
 * nobody, to the request's, which waits for its client. A client that does not read lets the parts
 * pile up here, as many as the answer has, and holds nobody else up.
 *
 * @param <T> a part
 */
final class Handover<T> {

  private final BlockingQueue<Optional<T>> parts = new LinkedBlockingQueue<>();

  /** Takes the next part; returns at once. */
  void add(T part) {
    parts.add(Optional.of(part));
  }

  /**
   * Hands the parts on as they come, on the calling thread, until the answer is over, however it
   * ended.
   *
   * @param answer adds no part once it is done
   * @param client may be slow
   * @throws RuntimeException what {@code client} threw; the answer goes on
   */
  void tell(CompletableFuture<?> answer, Consumer<T> client) {
    CompletableFuture<?> unused =
        answer.whenComplete((result, failure) -> parts.add(Optional.empty()));
    try {
      for (var part = parts.take(); part.isPresent(); part = parts.take()) {
        client.accept(part.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while an answer was written", e);
    }
  }
}
