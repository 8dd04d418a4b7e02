package io.madeleine.memory.surprise;

import java.util.List;

/**
 * How alike the tokens of one span are, as a weighted graph: {@code A[i][j]} is the sum over layers
 * and KV heads of {@code k_i · k_j}, of keys before RoPE. Holds the 2-D prefix sums of {@code A},
 * so that a {@link Refinement} judges any cut in constant time. Immutable.
 *
 * <p>Memory: {@code (n+1)²} doubles, 512 KB for two events of 128 tokens.
 *
 * <p>Source: Fountas et al., <a href="https://arxiv.org/abs/2407.09450">EM-LLM</a>, 2024, which
 * adds up the upper layers; for small models the last 40 % of them do.
 */
public final class KeySimilarity {

  private final int tokens;
  private final double[] prefix;

  private KeySimilarity(int tokens, double[] prefix) {
    this.tokens = tokens;
    this.prefix = prefix;
  }

  /**
   * Raw dot products, as EM-LLM takes them. They may be negative.
   *
   * @param heads one {@code [tokens][headDim]} array per layer and KV head, at least one
   * @throws IllegalArgumentException if there is no head, or heads differ in tokens
   */
  public static KeySimilarity ofDotProducts(List<float[][]> heads) {
    return of(heads, false);
  }

  /** As {@link #ofDotProducts}, of keys scaled to length 1: no head outweighs another. */
  public static KeySimilarity ofCosines(List<float[][]> heads) {
    return of(heads, true);
  }

  private static KeySimilarity of(List<float[][]> heads, boolean normalise) {
    if (heads.isEmpty()) {
      throw new IllegalArgumentException("key similarity needs the keys of at least one head");
    }
    int tokens = heads.getFirst().length;
    double[] prefix = new double[(tokens + 1) * (tokens + 1)];
    for (float[][] keys : heads) {
      if (keys.length != tokens) {
        throw new IllegalArgumentException(
            "every head must have the same tokens, but one has %d and another %d"
                .formatted(tokens, keys.length));
      }
      addDotProducts(keys, prefix, normalise);
    }
    accumulate(tokens, prefix);
    return new KeySimilarity(tokens, prefix);
  }

  private static void addDotProducts(float[][] keys, double[] cells, boolean normalise) {
    int stride = keys.length + 1;
    double[] scale = new double[keys.length];
    for (int i = 0; i < keys.length; i++) {
      double length = normalise ? Math.sqrt(dot(keys[i], keys[i])) : 1;
      scale[i] = length > 0 ? 1 / length : 0;
    }
    for (int i = 0; i < keys.length; i++) {
      for (int j = 0; j <= i; j++) {
        double product = dot(keys[i], keys[j]) * scale[i] * scale[j];
        cells[(i + 1) * stride + j + 1] += product;
        if (i != j) {
          cells[(j + 1) * stride + i + 1] += product;
        }
      }
    }
  }

  private static void accumulate(int tokens, double[] cells) {
    int stride = tokens + 1;
    for (int i = 1; i <= tokens; i++) {
      for (int j = 1; j <= tokens; j++) {
        cells[i * stride + j] +=
            cells[(i - 1) * stride + j]
                + cells[i * stride + j - 1]
                - cells[(i - 1) * stride + j - 1];
      }
    }
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /** {@return the number of tokens} */
  public int tokens() {
    return tokens;
  }

  /** {@return Σ A over rows {@code [fromRow, toRow)} and columns {@code [fromColumn, toColumn)}} */
  public double sum(int fromRow, int toRow, int fromColumn, int toColumn) {
    int stride = tokens + 1;
    return prefix[toRow * stride + toColumn]
        - prefix[fromRow * stride + toColumn]
        - prefix[toRow * stride + fromColumn]
        + prefix[fromRow * stride + fromColumn];
  }
}
