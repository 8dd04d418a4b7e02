package io.madeleine.conversation.scheduling;

import io.madeleine.conversation.scheduling.Ticket.Outcome;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.engine.model.Step;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;

/** A job on its way through the scheduler. Touched by the model's thread alone. */
final class Sequence {

  private static final Observe LOGITS = Observe.lastLogits();

  final Job job;
  final Ticket ticket;
  final long handedIn;
  private final int startLength;
  private final boolean resident;
  private int[] pending;
  private int read;

  /** So many of the pending tokens were in the cache when it came, and are read again. */
  private int heldAgain;

  private int chunk;
  private int[] written = new int[16];
  private int writtenCount;
  private int tokensRead;
  private long startedAt;
  private long firstTokenAt;

  Sequence(Job job, Ticket ticket, long now) {
    this.job = job;
    this.ticket = ticket;
    this.handedIn = now;
    this.startLength = job.cache().length();
    this.resident = startLength > 0;
    this.pending = job.tokens();
  }

  /** {@return whether a cache was there when it came: such jobs are served first} */
  boolean resident() {
    return resident;
  }

  boolean reads() {
    return pending.length - read > 1 || writtenCount == 0;
  }

  int left() {
    return pending.length - read;
  }

  /** {@return the next step, of at most {@code most} tokens} */
  Step step(int most, long now) {
    if (startedAt == 0) {
      startedAt = now;
    }
    // What was held is no part of what the job observes: it is read in chunks of its own.
    chunk = Math.min(most, readsHeld() ? heldAgain - read : left());
    return Step.next(job.cache(), Arrays.copyOfRange(pending, read, read + chunk), observe());
  }

  private boolean readsHeld() {
    return read < heldAgain;
  }

  private Observe observe() {
    if (writtenCount > 0 || readsHeld()) {
      return LOGITS;
    }
    boolean last = chunk == left();
    if (!last && !job.observes(Signal.SURPRISAL)) {
      return job.observe();
    }
    // The first token of the next chunk is judged by the logits after the last one of this chunk.
    var signals = EnumSet.of(Signal.LAST_LOGITS);
    signals.addAll(job.observe().signals());
    return new Observe(signals, job.observe().window());
  }

  /** {@return whether the sequence goes on} */
  boolean took(Forward forward, long now) {
    int first = read - heldAgain;
    read += chunk;
    if (writtenCount == 0) {
      tokensRead += chunk;
      if (first >= 0) {
        job.observed().accept(first, forward);
      }
    }
    if (left() > 0) {
      return true;
    }
    OptionalInt next = job.decoder().next(forward.logits());
    if (next.isEmpty()) {
      return false;
    }
    if (firstTokenAt == 0) {
      firstTokenAt = now;
    }
    if (writtenCount == written.length) {
      written = Arrays.copyOf(written, 2 * writtenCount);
    }
    written[writtenCount++] = next.getAsInt();
    pending = new int[] {next.getAsInt()};
    read = 0;
    heldAgain = 0;
    return true;
  }

  /** Gives the pages of what it read and wrote back, which is read again when it runs next. */
  void preempt() {
    goBackTo(Math.min(startLength, job.cache().length()));
  }

  /** {@return whether its cache holds something that it can read again} */
  boolean canGiveUpAll() {
    return job.held().length > 0 && job.cache().length() > 0;
  }

  /** Gives all of its pages back, those that it came with too. */
  void giveUpAll() {
    goBackTo(0);
  }

  /**
   * @param length at most what it held when it came
   */
  private void goBackTo(int length) {
    job.cache().truncate(length);
    heldAgain = startLength - length;
    int toRead = heldAgain + job.tokens().length;
    int[] again = new int[toRead + writtenCount];
    System.arraycopy(job.held(), job.held().length - heldAgain, again, 0, heldAgain);
    System.arraycopy(job.tokens(), 0, again, heldAgain, job.tokens().length);
    System.arraycopy(written, 0, again, toRead, writtenCount);
    pending = again;
    read = 0;
  }

  void complete(long now) {
    ticket.complete(
        new Outcome(
            tokensRead,
            writtenCount,
            startedAt - handedIn,
            firstTokenAt == 0 ? 0 : firstTokenAt - handedIn,
            now - handedIn));
  }

  void cancel() {
    ticket.fail(new CancellationException("the job was cancelled"));
  }
}
