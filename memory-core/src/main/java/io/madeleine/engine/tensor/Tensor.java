package io.madeleine.engine.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A matrix at rest, {@code [rows][columns]}, row-major: {@code columns} is GGUF's first dimension.
 * A vector has one row. The memory belongs to whoever opened the file, and lives as long as that.
 *
 * @param name GGUF's name of it, for example {@code blk.0.attn_q.weight}
 * @param type how its numbers are stored
 * @param rows at least 1
 * @param columns at least 1, a multiple of the type's block size
 * @param data exactly {@code rows × type.bytes(columns)} bytes
 */
public record Tensor(String name, ElementType type, long rows, long columns, MemorySegment data) {

  /**
   * @throws IllegalArgumentException if the memory's size does not match the shape
   */
  public Tensor {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "tensor '%s' needs at least one row and column, but is %d × %d"
              .formatted(name, rows, columns));
    }
    long bytes = Math.multiplyExact(rows, type.bytes(columns));
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "tensor '%s' (%s, %d × %d) needs %,d bytes, but has %,d"
              .formatted(name, type, rows, columns, bytes, data.byteSize()));
    }
  }

  /** {@return the number of elements} */
  public long size() {
    return rows * columns;
  }

  /** {@return the bytes of one row} */
  public long rowBytes() {
    return type.bytes(columns);
  }
}
