package io.madeleine.langchain4j.memory;

import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.call.Calls;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The turns of calls that have their answer and go on: a guardrail of theirs may still take it
 * back, or put another in its place. Thread-safe.
 */
final class Answered implements Call.Part {

  /** Puts an answer in the place of another. */
  @FunctionalInterface
  interface Exchange {

    /**
     * A call is over whose guardrails have left another answer.
     *
     * @param sequence of its turn in the log, which may be erased by now, or have another answer
     */
    void put(long sequence, Call.Instead answer);
  }

  private static final System.Logger LOG = System.getLogger(Answered.class.getName());

  /** How many are remembered. Of a stream that fails nobody may ever say that it ended. */
  private static final int REMEMBERED = 16;

  /** Guarded by this. */
  private final Map<Call, Long> sequences = new LinkedHashMap<>();

  private final Exchange exchange;

  Answered(Exchange exchange) {
    this.exchange = exchange;
  }

  /** A question is added here; it is that of this thread's call, if that has asked no model yet. */
  void begin() {
    Calls.here().ifPresent(call -> call.beginsIn(this));
  }

  /**
   * Remembers it until {@code call} ends.
   *
   * @param sequence of its turn in the log
   */
  synchronized void put(Call call, long sequence) {
    call.hold(this);
    sequences.put(call, sequence);
    if (sequences.size() > REMEMBERED) {
      sequences.remove(sequences.keySet().iterator().next());
    }
  }

  /** {@return the sequence of the turn of {@code call}} */
  synchronized Optional<Long> of(Call call) {
    return Optional.ofNullable(sequences.get(call));
  }

  @Override
  public void over(Call call, boolean failed) {
    Optional<Long> sequence = remove(call);
    if (!failed && call.isAskedIn(this)) { // what its tools say elsewhere no guardrail saw
      sequence.ifPresent(of -> call.instead().ifPresent(answer -> put(of, answer)));
    }
  }

  private synchronized Optional<Long> remove(Call call) {
    return Optional.ofNullable(sequences.remove(call));
  }

  private void put(long sequence, Call.Instead answer) {
    try {
      exchange.put(sequence, answer);
    } catch (RuntimeException e) { // the call is over all the same
      LOG.log(Level.WARNING, "what a guardrail rewrote may be in the log as it was", e);
    }
  }
}
