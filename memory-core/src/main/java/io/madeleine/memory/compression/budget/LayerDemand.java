package io.madeleine.memory.compression.budget;

/**
 * What one layer holds and needs, for an allocator. Holds its arrays without copying; nobody
 * changes them.
 *
 * @param slots that the layer's heads hold together
 * @param protectedSlots that must stay
 */
public record LayerDemand(long slots, long protectedSlots, Scores scores) {

  /** A layer's importances and keys, read only by allocators that need them. */
  public interface Scores {

    /** {@return every slot's importance, all heads after one another} */
    float[] importance();

    /** {@return the keys of {@code kvHead}, {@code [slots × headDim]}} */
    float[] keys(int kvHead);

    /** {@return numbers in a key} */
    int headDim();
  }
}
