package io.madeleine.memory.codec;

/**
 * Keys before rotation and values of one head over a run of tokens. Holds its arrays without
 * copying.
 */
public final class HeadBlock {

  private final int layer;
  private final int layers;
  private final int headDim;
  private final float[] keys;
  private final float[] values;

  /**
   * @param layer from 0
   * @param layers of the model
   * @param keys {@code [tokens × headDim]}
   * @param values {@code [tokens × headDim]}
   * @throws IllegalArgumentException if the sizes do not fit together
   */
  public HeadBlock(int layer, int layers, int headDim, float[] keys, float[] values) {
    if (keys.length != values.length || keys.length % headDim != 0) {
      throw new IllegalArgumentException(
          "keys and values must be as many multiples of %d, but are %d and %d"
              .formatted(headDim, keys.length, values.length));
    }
    this.layer = layer;
    this.layers = layers;
    this.headDim = headDim;
    this.keys = keys;
    this.values = values;
  }

  /** {@return a block of {@code tokens} tokens, to be decoded into} */
  public static HeadBlock empty(int layer, int layers, int headDim, int tokens) {
    return new HeadBlock(
        layer, layers, headDim, new float[tokens * headDim], new float[tokens * headDim]);
  }

  int layer() {
    return layer;
  }

  int layers() {
    return layers;
  }

  /** {@return tokens} */
  public int tokens() {
    return keys.length / headDim;
  }

  /** {@return numbers in a key} */
  public int headDim() {
    return headDim;
  }

  /** {@return keys before rotation, {@code [tokens × headDim]}; the array itself} */
  public float[] keys() {
    return keys;
  }

  /** {@return values, {@code [tokens × headDim]}; the array itself} */
  public float[] values() {
    return values;
  }
}
