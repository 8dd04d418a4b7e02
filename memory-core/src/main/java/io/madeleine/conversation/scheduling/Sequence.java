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
    chunk = Math.min(most, left());
    return Step.next(job.cache(), Arrays.copyOfRange(pending, read, read + chunk), observe());
  }

  private Observe observe() {
    if (writtenCount > 0) {
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
    int first = read;
    read += chunk;
    if (writtenCount == 0) {
      tokensRead += chunk;
      job.observed().accept(first, forward);
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
    return true;
  }

  /** Gives its pages back; what it read and wrote is read again when it runs next. */
  void preempt() {
    int[] again = Arrays.copyOf(job.tokens(), job.tokens().length + writtenCount);
    System.arraycopy(written, 0, again, job.tokens().length, writtenCount);
    job.cache().truncate(startLength);
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
