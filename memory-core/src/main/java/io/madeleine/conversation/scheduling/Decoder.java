package io.madeleine.conversation.scheduling;

import java.util.OptionalInt;

/** Picks the tokens of one sequence. Called on the model's thread, so it must be quick. */
@FunctionalInterface
public interface Decoder {

  /** Reads, and writes nothing. */
  Decoder NONE = logits -> OptionalInt.empty();

  /**
   * {@return the token to append next; empty when the sequence is complete}
   *
   * @param logits after the last token, {@code [vocabulary]}; overwritten by the next step
   */
  OptionalInt next(float[] logits);
}
