package io.madeleine.langchain4j.memory;

import io.madeleine.langchain4j.call.Call;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The turns of calls that have their answer and go on: a guardrail of theirs may still take it
 * back. Thread-safe.
 */
final class Answered implements Call.Part {

  /** How many are remembered. Of a stream that fails nobody may ever say that it ended. */
  private static final int REMEMBERED = 16;

  /** Guarded by this. */
  private final Map<Call, Long> sequences = new LinkedHashMap<>();

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
  public synchronized void over(Call call, boolean failed) {
    sequences.remove(call);
  }
}
