package io.madeleine.engine.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Numbers in and out of their blocks, one row or one matrix at a time: the reference that every
 * kernel is tested against, and what a writer needs. Reading gives the bits of ggml's {@code
 * dequantize_row_*}.
 */
public final class Blocks {
  private Blocks() {}

  /**
   * Reads one row.
   *
   * @param out gets {@code tensor.columns()} numbers from index 0
   * @throws IllegalArgumentException if there is no such row, or {@code out} is too short
   */
  public static void dequantise(Tensor tensor, long row, float[] out) {
    if (row < 0 || row >= tensor.rows()) {
      throw new IllegalArgumentException(
          "tensor '%s' has %,d rows, so there is no row %,d"
              .formatted(tensor.name(), tensor.rows(), row));
    }
    if (out.length < tensor.columns()) {
      throw new IllegalArgumentException(
          "a row of tensor '%s' has %,d numbers, but there is room for %,d"
              .formatted(tensor.name(), tensor.columns(), out.length));
    }
    MemorySegment bytes = tensor.data().asSlice(row * tensor.rowBytes(), tensor.rowBytes());
    ElementType type = tensor.type();
    BlockCodec codec = BlockCodec.of(type);
    for (long block = 0; block < tensor.columns() / type.blockSize(); block++) {
      codec.read(
          bytes, block * type.bytesPerBlock(), out, Math.toIntExact(block * type.blockSize()));
    }
  }

  /**
   * {@return all rows, row-major}
   *
   * @throws IllegalArgumentException if they do not fit one array
   */
  public static float[] dequantise(Tensor tensor) {
    if (tensor.size() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor '%s' has %,d numbers, more than an array holds: read it row by row"
              .formatted(tensor.name(), tensor.size()));
    }
    int columns = Math.toIntExact(tensor.columns());
    var all = new float[Math.toIntExact(tensor.size())];
    var row = new float[columns];
    for (int i = 0; i < tensor.rows(); i++) {
      dequantise(tensor, i, row);
      System.arraycopy(row, 0, all, i * columns, columns);
    }
    return all;
  }

  /**
   * {@return {@code numbers} in blocks of {@code type}, on the heap}
   *
   * @throws IllegalArgumentException if the count is no multiple of the block size
   */
  public static MemorySegment quantise(ElementType type, float[] numbers) {
    MemorySegment bytes =
        MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes(numbers.length))]);
    BlockCodec codec = BlockCodec.of(type);
    for (int block = 0; block < numbers.length / type.blockSize(); block++) {
      codec.write(numbers, block * type.blockSize(), bytes, (long) block * type.bytesPerBlock());
    }
    return bytes;
  }
}
