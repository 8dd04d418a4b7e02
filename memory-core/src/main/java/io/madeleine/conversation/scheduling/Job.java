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
 * the decoder picked are in it afterwards; of a job that failed or was cancelled it may hold less
 * than when it came. A job that had to step back for lack of memory reads again, and observes again
 * what it was to read.
 *
 * @param cache the sequence so far
 * @param held tokens that the cache holds already, all of them: a job that waits gives them up when
 *     the one that runs would fail otherwise, and reads them again; empty to keep them
 * @param tokens to read, at least one
 * @param programArrival when the program that it belongs to first came, in any unit that grows
 * @param decoder picks what to write
 * @param observe signals to return while reading
 * @param observed takes them: the index of the first token of a chunk, and what was seen
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
public record Job(
    KvCache cache,
    int[] held,
    int[] tokens,
    long programArrival,
    Decoder decoder,
    Observe observe,
    BiConsumer<Integer, Forward> observed) {

  /**
   * @throws IllegalArgumentException if there is no token to read, or the cache holds more or fewer
   *     tokens than are said to be held
   */
  public Job {
    if (held.length > 0 && held.length != cache.length()) {
      throw new IllegalArgumentException(
          "the cache of a job holds %d tokens, but %d were named"
              .formatted(cache.length(), held.length));
    }
    if (tokens.length == 0) {
      throw new IllegalArgumentException("a job needs at least one token to read");
    }
  }

  /** A job that keeps what its cache holds. */
  public Job(
      KvCache cache,
      int[] tokens,
      long programArrival,
      Decoder decoder,
      Observe observe,
      BiConsumer<Integer, Forward> observed) {
    this(cache, new int[0], tokens, programArrival, decoder, observe, observed);
  }

  /** A job that observes nothing, and keeps what its cache holds. */
  public Job(KvCache cache, int[] tokens, long programArrival, Decoder decoder) {
    this(cache, tokens, programArrival, decoder, Observe.nothing(), (first, forward) -> {});
  }

  /** A job that observes nothing. */
  public Job(KvCache cache, int[] held, int[] tokens, long programArrival, Decoder decoder) {
    this(cache, held, tokens, programArrival, decoder, Observe.nothing(), (first, forward) -> {});
  }

  boolean observes(Signal signal) {
    return observe.signals().contains(signal);
  }
}
