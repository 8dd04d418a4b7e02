package io.madeleine.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Scratch numbers: f32, off-heap, aligned to 64 bytes, row-major; a row starts every {@link
 * #stride} elements. Rows are tokens nearly everywhere. Lives as long as the arena it came from.
 */
public final class Matrix {

  private final int rows;
  private final int columns;
  private final int stride;
  private final MemorySegment data;

  /** Takes zeroed memory for {@code rows × columns} elements. */
  public Matrix(Arena arena, int rows, int columns) {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "a matrix needs at least one row and column, but is %d × %d".formatted(rows, columns));
    }
    this.rows = rows;
    this.columns = columns;
    this.stride = (columns + 15) & -16;
    this.data = arena.allocate(4L * rows * stride, 64);
  }

  /** {@return how many rows there are} */
  public int rows() {
    return rows;
  }

  /** {@return how many elements of a row count} */
  public int columns() {
    return columns;
  }

  /** {@return elements from one row's start to the next; a multiple of 16} */
  public int stride() {
    return stride;
  }

  /** {@return the memory} */
  public MemorySegment data() {
    return data;
  }

  /** {@return bytes from the start of {@link #data} to this element} */
  public long offset(int row, int column) {
    return 4L * ((long) row * stride + column);
  }

  /** {@return one element} */
  public float get(int row, int column) {
    return data.get(ValueLayout.JAVA_FLOAT, offset(row, column));
  }

  /** Sets one element. */
  public void set(int row, int column, float value) {
    data.set(ValueLayout.JAVA_FLOAT, offset(row, column), value);
  }

  /** Copies {@code count} elements of a row, from {@code column} on, to {@code out}. */
  public void read(int row, int column, int count, float[] out, int at) {
    MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, offset(row, column), out, at, count);
  }

  /** Copies {@code count} elements of {@code from} to a row, from {@code column} on. */
  public void write(int row, int column, int count, float[] from, int at) {
    MemorySegment.copy(from, at, data, ValueLayout.JAVA_FLOAT, offset(row, column), count);
  }

  long address(int row, int column) {
    return data.address() + offset(row, column);
  }
}
