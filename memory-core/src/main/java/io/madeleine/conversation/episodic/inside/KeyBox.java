package io.madeleine.conversation.episodic.inside;

import java.util.Arrays;

/**
 * The smallest and largest number of each channel over the keys of an event: a bound on what any of
 * them can have in common with a query, without looking at one.
 *
 * <p>Source: Tang et al., <a href="https://arxiv.org/abs/2406.10774">Quest</a>, 2024; LeoAM keeps
 * the same as the abstract of a chunk.
 */
@SuppressWarnings("ArrayRecordComponent") // stays in this package, never changed
record KeyBox(float[] least, float[] most) {

  /**
   * {@return the box of some keys}
   *
   * @param keys {@code [tokens × headDim]}, rotated as they will be attended to
   */
  static KeyBox of(float[] keys, int headDim) {
    var least = new float[headDim];
    var most = new float[headDim];
    Arrays.fill(least, Float.POSITIVE_INFINITY);
    Arrays.fill(most, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < keys.length; i++) {
      least[i % headDim] = Math.min(least[i % headDim], keys[i]);
      most[i % headDim] = Math.max(most[i % headDim], keys[i]);
    }
    return new KeyBox(least, most);
  }

  /**
   * {@return a number that no product of one of the keys with the query exceeds}
   *
   * @param query begins at {@code from}
   */
  double bound(float[] query, int from) {
    double bound = 0;
    for (int c = 0; c < least.length; c++) {
      double q = query[from + c];
      bound += Math.max(q * least[c], q * most[c]);
    }
    return bound;
  }
}
