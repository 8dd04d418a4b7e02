package io.madeleine.memory.compression.signal;

import io.madeleine.engine.kv.Rotary;

/**
 * Mean and covariance of one query head's queries before rotation. The covariance is kept as one 2
 * × 2 block for each rotary pair, which is what survives a rotation without mixing pairs.
 *
 * <p>Holds its arrays without copying; nobody changes them.
 */
public final class QueryStatistics {

  private final float[] mean;
  private final float[] blocks;
  private final Rotary rotary;

  /**
   * @param mean {@code [headDim]}
   * @param blocks {@code [pairs × 3]}: variance of the first member, covariance, variance of the
   *     second
   * @throws IllegalArgumentException if the sizes do not fit the pairs
   */
  public QueryStatistics(float[] mean, float[] blocks, Rotary rotary) {
    if (blocks.length != rotary.pairCount() * 3 || mean.length < rotary.pairCount() * 2) {
      throw new IllegalArgumentException(
          "%d pairs need %d covariances and at least %d means, but there are %d and %d"
              .formatted(
                  rotary.pairCount(),
                  rotary.pairCount() * 3,
                  rotary.pairCount() * 2,
                  blocks.length,
                  mean.length));
    }
    this.mean = mean;
    this.blocks = blocks;
    this.rotary = rotary;
  }

  /** {@return the statistics of {@code queries}, {@code [rows × headDim]} before rotation} */
  public static QueryStatistics of(float[] queries, int headDim, Rotary rotary) {
    int rows = queries.length / headDim;
    if (rows == 0) {
      throw new IllegalArgumentException("query statistics need at least one query");
    }
    var mean = new float[headDim];
    for (int i = 0; i < rows * headDim; i++) {
      mean[i % headDim] += queries[i] / rows;
    }
    var blocks = new float[rotary.pairCount() * 3];
    for (int row = 0; row < rows; row++) {
      for (int pair = 0; pair < rotary.pairCount(); pair++) {
        int a = first(rotary, pair);
        int b = second(rotary, pair);
        float x = queries[row * headDim + a] - mean[a];
        float y = queries[row * headDim + b] - mean[b];
        blocks[pair * 3] += x * x / rows;
        blocks[pair * 3 + 1] += x * y / rows;
        blocks[pair * 3 + 2] += y * y / rows;
      }
    }
    return new QueryStatistics(mean, blocks, rotary);
  }

  /** {@return the mean of {@code dimension}} */
  public float mean(int dimension) {
    return mean[dimension];
  }

  /** {@return entry 0, 1 or 2 (xx, xy, yy) of the block of {@code pair}} */
  public float block(int pair, int entry) {
    return blocks[pair * 3 + entry];
  }

  /** {@return how the model rotates} */
  public Rotary rotary() {
    return rotary;
  }

  /** {@return the dimension of the first member of {@code pair}} */
  public int first(int pair) {
    return first(rotary, pair);
  }

  /** {@return the dimension of the second member of {@code pair}} */
  public int second(int pair) {
    return second(rotary, pair);
  }

  private static int first(Rotary rotary, int pair) {
    return rotary.pairs() == Rotary.Pairs.HALVES ? pair : 2 * pair;
  }

  private static int second(Rotary rotary, int pair) {
    return rotary.pairs() == Rotary.Pairs.HALVES ? pair + rotary.pairCount() : 2 * pair + 1;
  }
}
