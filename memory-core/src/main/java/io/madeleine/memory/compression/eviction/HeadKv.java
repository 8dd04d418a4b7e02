package io.madeleine.memory.compression.eviction;

/**
 * Keys and values of one head, and for how many tokens each slot stands. Holds its arrays without
 * copying; nobody changes them.
 */
public final class HeadKv {

  private final int headDim;
  private final int[] positions;
  private final float[] keys;
  private final float[] values;
  private final float[] counts;

  /**
   * @param positions {@code [slots]}, strictly ascending
   * @param keys {@code [slots × headDim]}
   * @param values {@code [slots × headDim]}
   * @param counts {@code [slots]}, tokens that each slot stands for
   * @throws IllegalArgumentException if the sizes do not fit together
   */
  public HeadKv(int headDim, int[] positions, float[] keys, float[] values, float[] counts) {
    int numbers = positions.length * headDim;
    if (keys.length != numbers || values.length != numbers || counts.length != positions.length) {
      throw new IllegalArgumentException(
          "%d slots of %d numbers need keys and values of %d, but have %d and %d"
              .formatted(positions.length, headDim, numbers, keys.length, values.length));
    }
    this.headDim = headDim;
    this.positions = positions;
    this.keys = keys;
    this.values = values;
    this.counts = counts;
  }

  /** {@return a head whose every slot stands for one token} */
  public static HeadKv of(int headDim, int[] positions, float[] keys, float[] values) {
    var counts = new float[positions.length];
    java.util.Arrays.fill(counts, 1);
    return new HeadKv(headDim, positions, keys, values, counts);
  }

  /** {@return these slots alone, copied} */
  public HeadKv keep(int[] slots) {
    var keptPositions = new int[slots.length];
    var keptKeys = new float[slots.length * headDim];
    var keptValues = new float[slots.length * headDim];
    var keptCounts = new float[slots.length];
    for (int i = 0; i < slots.length; i++) {
      keptPositions[i] = positions[slots[i]];
      keptCounts[i] = counts[slots[i]];
      System.arraycopy(keys, slots[i] * headDim, keptKeys, i * headDim, headDim);
      System.arraycopy(values, slots[i] * headDim, keptValues, i * headDim, headDim);
    }
    return new HeadKv(headDim, keptPositions, keptKeys, keptValues, keptCounts);
  }

  /** {@return numbers in a key} */
  public int headDim() {
    return headDim;
  }

  /** {@return slots} */
  public int size() {
    return positions.length;
  }

  /** {@return {@code [slots]}} */
  public int[] positions() {
    return positions;
  }

  /** {@return {@code [slots × headDim]}} */
  public float[] keys() {
    return keys;
  }

  /** {@return {@code [slots × headDim]}} */
  public float[] values() {
    return values;
  }

  /** {@return tokens that each slot stands for} */
  public float[] counts() {
    return counts;
  }
}
