package io.madeleine.engine.generation;

import java.util.function.Consumer;
import java.util.function.IntFunction;

/** Drives one {@link Generation} to its end, for a sequence that runs alone. */
public final class Generator {
  private final IntFunction<float[]> decode;

  /**
   * Decodes with {@code decode}.
   *
   * @param decode appends a token to the sequence and returns the logits behind it
   */
  public Generator(IntFunction<float[]> decode) {
    this.decode = decode;
  }

  /**
   * {@return the last step, which says why it ended}
   *
   * @param generation a fresh one
   * @param logits behind the prompt
   * @param listener gets every step as it is made, the last one too
   */
  public Advance run(Generation generation, float[] logits, Consumer<Advance> listener) {
    Advance step = generation.accept(logits);
    listener.accept(step);
    while (step.next().isPresent()) {
      step = generation.accept(decode.apply(step.next().getAsInt()));
      listener.accept(step);
    }
    return step;
  }
}
