package io.madeleine.engine.kv;

/**
 * The rotation of one layer's keys and queries (Su et al., <a
 * href="https://arxiv.org/abs/2104.09864">RoPE</a>, 2021): pair {@code i} of a head turns by {@code
 * position × frequency(i)} radians. Elements beyond the pairs are left alone (partial rotary), and
 * {@link #NONE} leaves all alone.
 */
public final class Rotary {

  /** For layers without positions. */
  public static final Rotary NONE = new Rotary(Pairs.ADJACENT, new float[0], 1);

  /** Which elements of a head make a pair. */
  public enum Pairs {
    /** 2i and 2i + 1. GGUF files of the llama family. */
    ADJACENT,
    /** i and i + rotated ÷ 2. All other families. */
    HALVES
  }

  private final Pairs pairs;
  private final float[] frequencies;
  private final float magnitude;

  /**
   * @param pairs which elements make a pair
   * @param frequencies radians per position, one for each pair
   * @param magnitude what {@link #turn} leaves the pair's length multiplied with when the model
   *     runs (YaRN's and LongRoPE's attention factor), 1 for most models; moving a key by a delta
   *     is always a pure rotation
   */
  public Rotary(Pairs pairs, float[] frequencies, float magnitude) {
    this.pairs = pairs;
    this.frequencies = frequencies.clone();
    this.magnitude = magnitude;
  }

  /** {@return frequencies {@code base^(-2i / dimensions)}} */
  public static float[] frequencies(double base, int dimensions) {
    float[] frequencies = new float[dimensions / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) Math.pow(base, -2.0 * i / dimensions);
    }
    return frequencies;
  }

  /** {@return which elements make a pair} */
  public Pairs pairs() {
    return pairs;
  }

  /** {@return the number of pairs that turn; half the rotated elements} */
  public int pairCount() {
    return frequencies.length;
  }

  /** {@return radians per position of pair {@code pair}} */
  public float frequency(int pair) {
    return frequencies[pair];
  }

  /** {@return the factor that a model applies together with the first rotation} */
  public float magnitude() {
    return magnitude;
  }

  /**
   * Turns one vector in place by {@code delta} positions: from pre-RoPE to post-RoPE by its
   * position, back by minus its position, elsewhere by the difference. Exact up to rounding.
   *
   * @param vectors holds the vector at {@code offset}
   */
  public void turn(float[] vectors, int offset, int delta) {
    int count = frequencies.length;
    for (int i = 0; i < count; i++) {
      double angle = (double) delta * frequencies[i];
      turnPair(vectors, offset, i, (float) Math.cos(angle), (float) Math.sin(angle));
    }
  }

  /** Turns {@code count} neighbouring vectors of {@code headDim} elements by the same delta. */
  public void turnAll(float[] vectors, int offset, int count, int headDim, int delta) {
    for (int i = 0; i < frequencies.length && delta != 0; i++) {
      double angle = (double) delta * frequencies[i];
      float cos = (float) Math.cos(angle);
      float sin = (float) Math.sin(angle);
      for (int v = 0; v < count; v++) {
        turnPair(vectors, offset + v * headDim, i, cos, sin);
      }
    }
  }

  private void turnPair(float[] vectors, int offset, int pair, float cos, float sin) {
    int first = offset + (pairs == Pairs.ADJACENT ? 2 * pair : pair);
    int second = first + (pairs == Pairs.ADJACENT ? 1 : frequencies.length);
    float a = vectors[first];
    float b = vectors[second];
    vectors[first] = a * cos - b * sin;
    vectors[second] = b * cos + a * sin;
  }
}
