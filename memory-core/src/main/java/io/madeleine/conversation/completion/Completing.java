package io.madeleine.conversation.completion;

import io.madeleine.conversation.scheduling.Ticket;
import io.madeleine.engine.generation.CancelToken;
import java.util.concurrent.CompletableFuture;

/** An answer on its way. */
public final class Completing {

  private final Ticket ticket;
  private final CancelToken cancel;
  private final CompletableFuture<Completion> done;

  Completing(Ticket ticket, CancelToken cancel, CompletableFuture<Completion> done) {
    this.ticket = ticket;
    this.cancel = cancel;
    this.done = done;
  }

  /** Ends the answer before its next token; what was written so far is the answer. */
  public void cancel() {
    cancel.cancel();
    ticket.cancel();
  }

  /** {@return completes with the answer} */
  public CompletableFuture<Completion> done() {
    return done.copy();
  }
}
