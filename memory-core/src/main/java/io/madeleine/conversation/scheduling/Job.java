package io.madeleine.conversation.scheduling;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Forward;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Observe.Signal;
import java.util.function.BiConsumer;

/**
 * One sequence's work: read tokens into a cache, then write until the decoder ends it.
 *
 * <p>The cache belongs to the scheduler until the job is over. What was read and every token that
 * the decoder picked are in it afterwards. A job that had to step back for lack of memory reads
 * again, and observes again.
 *
 * @param cache the sequence so far
 * @param tokens to read, at least one
 * @param programArrival when the program that it belongs to first came, in any unit that grows
 * @param decoder picks what to write
 * @param observe signals to return while reading
 * @param observed takes them: the index of the first token of a chunk, and what was seen
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
public record Job(
    KvCache cache,
    int[] tokens,
    long programArrival,
    Decoder decoder,
    Observe observe,
    BiConsumer<Integer, Forward> observed) {

  /**
   * @throws IllegalArgumentException if there is no token to read
   */
  public Job {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("a job needs at least one token to read");
    }
  }

  /** A job that observes nothing. */
  public Job(KvCache cache, int[] tokens, long programArrival, Decoder decoder) {
    this(cache, tokens, programArrival, decoder, Observe.nothing(), (first, forward) -> {});
  }

  boolean observes(Signal signal) {
    return observe.signals().contains(signal);
  }
}
