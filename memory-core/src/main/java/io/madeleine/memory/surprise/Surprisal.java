package io.madeleine.memory.surprise;

import java.util.Arrays;

/**
 * How much each token of a text surprised the model: {@code −ln p(token | before)} in nats. The
 * value at {@code t} belongs to token {@code t} itself, not to the one after it.
 *
 * <p>A token that nobody predicted (the first of what is read at once) is {@linkplain #UNKNOWN not
 * a number}: it opens no episode and enters no average. Which tokens these are is said by who reads
 * them. In a conversation role markers of a chat template count like words, and the first token of
 * what closes an answer counts as no surprise, 0. Immutable.
 */
public final class Surprisal {

  /** Stands where a token has no surprise of its own. */
  public static final float UNKNOWN = Float.NaN;

  private final float[] nats;

  private Surprisal(float[] nats) {
    this.nats = nats;
  }

  /**
   * @param nats {@code [tokens]}, each at least 0 or {@link #UNKNOWN}; copied
   * @throws IllegalArgumentException if a value is negative or infinite
   */
  public static Surprisal of(float... nats) {
    for (int i = 0; i < nats.length; i++) {
      if (nats[i] < 0 || Float.isInfinite(nats[i])) {
        throw new IllegalArgumentException(
            "surprisal is -ln p and lies in [0, infinity), but token %d has %s: pass UNKNOWN for a token without one"
                .formatted(i, nats[i]));
      }
    }
    return new Surprisal(nats.clone());
  }

  /** {@return the number of tokens, known or not} */
  public int length() {
    return nats.length;
  }

  /** {@return the surprise of {@code token}, in nats, or {@link #UNKNOWN}} */
  public float at(int token) {
    return nats[token];
  }

  /** {@return the mean over the known tokens, in nats; 0 where none is known} */
  public double mean() {
    double sum = 0;
    int known = 0;
    for (float value : nats) {
      if (!Float.isNaN(value)) {
        sum += value;
        known++;
      }
    }
    return known == 0 ? 0 : sum / known;
  }

  /**
   * How much the context helped: the mean over tokens known in both of surprise without context
   * minus surprise with it, in nats per token. Near 0 the context was of no use, which is what a
   * new subject looks like.
   *
   * @param withoutContext the same tokens, read with nothing before them
   * @throws IllegalArgumentException if the two have different lengths
   */
  public double contextGain(Surprisal withoutContext) {
    if (withoutContext.length() != length()) {
      throw new IllegalArgumentException(
          "with context %d tokens, without %d: both must read the same tokens"
              .formatted(length(), withoutContext.length()));
    }
    double gain = 0;
    int known = 0;
    for (int i = 0; i < nats.length; i++) {
      float difference = withoutContext.nats[i] - nats[i];
      if (!Float.isNaN(difference)) {
        gain += difference;
        known++;
      }
    }
    return known == 0 ? 0 : gain / known;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Surprisal that && Arrays.equals(nats, that.nats);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(nats);
  }

  @Override
  public String toString() {
    return "Surprisal[" + nats.length + " tokens]";
  }
}
