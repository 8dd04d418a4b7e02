package io.madeleine.evaluation.bench;

/**
 * An engine with a model loaded, asked for the three things that cost time. Sequences are numbered
 * from 0. One thread at a time.
 */
interface Contender extends AutoCloseable {

  /** {@return what to call it in a table} */
  String name();

  /** Forgets all sequences. */
  void clear();

  /** Reads {@code tokens} into a sequence, and computes the logits after the last of them. */
  void prefill(int sequence, int[] tokens);

  /** Appends one token to each of the first {@code tokens.length} sequences, in one pass. */
  void decode(int[] tokens);

  @Override
  void close();
}
