package io.madeleine.engine.tensor;

/**
 * How the numbers of a tensor are stored. Quantised types pack a fixed count of neighbouring
 * elements of a row into one block of bytes.
 */
public enum ElementType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  BF16(30, 1, 2);

  private final int ggufId;
  private final int blockSize;
  private final int bytesPerBlock;

  ElementType(int ggufId, int blockSize, int bytesPerBlock) {
    this.ggufId = ggufId;
    this.blockSize = blockSize;
    this.bytesPerBlock = bytesPerBlock;
  }

  /** {@return the number that stands for this type in a GGUF file} */
  public int ggufId() {
    return ggufId;
  }

  /** {@return elements in one block; 1 for the types that are not quantised} */
  public int blockSize() {
    return blockSize;
  }

  /** {@return bytes that one block occupies} */
  public int bytesPerBlock() {
    return bytesPerBlock;
  }

  /**
   * {@return the bytes that {@code elements} elements of one row occupy}
   *
   * @throws IllegalArgumentException if {@code elements} is no multiple of the block size
   */
  public long bytes(long elements) {
    if (elements % blockSize != 0) {
      throw new IllegalArgumentException(
          "a row of %s must be a multiple of %d elements, but has %d"
              .formatted(this, blockSize, elements));
    }
    return Math.multiplyExact(elements / blockSize, (long) bytesPerBlock);
  }
}
