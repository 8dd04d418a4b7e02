package io.madeleine.conversation.scheduling;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A job that was handed in. */
public final class Ticket {

  /**
   * How a job went.
   *
   * @param tokensRead tokens that were prefilled, those read twice after a preemption counted twice
   * @param tokensWritten tokens that the decoder picked
   * @param waitedNanos from handing in to the first step
   * @param firstTokenNanos from handing in to the first token; 0 if there was none
   * @param totalNanos from handing in to the end
   */
  public record Outcome(
      int tokensRead, int tokensWritten, long waitedNanos, long firstTokenNanos, long totalNanos) {}

  private final CompletableFuture<Outcome> done = new CompletableFuture<>();
  private volatile boolean cancelled;

  Ticket() {}

  /** Ends the job before its next token. The cache keeps what was computed. */
  public void cancel() {
    cancelled = true;
  }

  /** {@return whether {@link #cancel} was called} */
  public boolean isCancelled() {
    return cancelled;
  }

  /**
   * Waits for the end.
   *
   * @throws CancellationException if the job was cancelled
   * @throws RuntimeException what the job failed with
   */
  public Outcome await() {
    try {
      return done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** {@return completes when the job is over; exceptionally if it failed or was cancelled} */
  public CompletableFuture<Outcome> done() {
    return done.copy();
  }

  void complete(Outcome outcome) {
    done.complete(outcome);
  }

  void fail(Throwable failure) {
    done.completeExceptionally(failure);
  }
}
