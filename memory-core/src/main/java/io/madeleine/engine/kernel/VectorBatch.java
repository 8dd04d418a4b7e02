package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.f32;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.madeleine.engine.tensor.ElementType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A panel of rows times a few tokens: batched decode. Vectors run along the columns. Two rows are
 * decoded to a buffer that stays in the first cache, and meet up to eight tokens while there; the
 * columns are taken in blocks, so that the tokens stay there too.
 */
final class VectorBatch {
  private VectorBatch() {}

  /** Most tokens that one call takes. */
  static final int TOKENS = 8;

  private static final int BLOCK = 256;

  /** Floats of scratch that one worker needs. */
  static final int SCRATCH = 2 * BLOCK + Kernels.PANEL_ROWS * TOKENS * 16;

  static void multiply(
      VectorKernels kernels,
      ElementType type,
      long weights,
      int columns,
      int rows,
      long x,
      int xStride,
      int tokens,
      long out,
      int outStride,
      long scratch) {
    long rowBytes = type.bytes(columns);
    long sums = scratch + 4L * 2 * BLOCK;
    for (int from = 0; from < columns; from += BLOCK) {
      int count = Math.min(BLOCK, columns - from);
      long source = weights + type.bytes(from);
      long tokensAt = x + 4L * from;
      for (int row = 0; row < rows; row += 2) {
        // The last of an odd number of rows meets itself; what comes of that is not read.
        int second = Math.min(row + 1, rows - 1);
        kernels.dequantise(type, source + row * rowBytes, count, scratch);
        kernels.dequantise(type, source + second * rowBytes, count, scratch + 4L * BLOCK);
        long at = sums + 4L * row * TOKENS * LANES;
        int t = 0;
        if (tokens == TOKENS && LANES != 8) { // with 16 registers, 16 sums would spill
          twoByEight(scratch, count, tokensAt, xStride, at, from == 0);
          t = tokens;
        }
        for (; t <= tokens - 4; t += 4) {
          twoByFour(scratch, count, tokensAt + 4L * t * xStride, xStride, at, t, from == 0);
        }
        for (; t < tokens; t++) {
          twoByOne(scratch, count, tokensAt + 4L * t * xStride, at, t, from == 0);
        }
      }
    }
    for (int row = 0; row < rows; row++) {
      for (int t = 0; t < tokens; t++) {
        var sum =
            FloatVector.fromMemorySegment(
                FLOATS, ALL, sums + 4L * LANES * ((long) row * TOKENS + t), LITTLE_ENDIAN);
        f32(out + 4L * ((long) t * outStride + row), sum.reduceLanes(VectorOperators.ADD));
      }
    }
  }

  private static void twoByEight(
      long rows, int count, long x, int xStride, long sums, boolean first) {
    final long vector = 4L * LANES;
    final long below = sums + vector * TOKENS;
    final long step = 4L * xStride;
    var a0 = FloatVector.zero(FLOATS);
    var a1 = FloatVector.zero(FLOATS);
    var a2 = FloatVector.zero(FLOATS);
    var a3 = FloatVector.zero(FLOATS);
    var a4 = FloatVector.zero(FLOATS);
    var a5 = FloatVector.zero(FLOATS);
    var a6 = FloatVector.zero(FLOATS);
    var a7 = FloatVector.zero(FLOATS);
    var b0 = FloatVector.zero(FLOATS);
    var b1 = FloatVector.zero(FLOATS);
    var b2 = FloatVector.zero(FLOATS);
    var b3 = FloatVector.zero(FLOATS);
    var b4 = FloatVector.zero(FLOATS);
    var b5 = FloatVector.zero(FLOATS);
    var b6 = FloatVector.zero(FLOATS);
    var b7 = FloatVector.zero(FLOATS);
    long end = rows + 4L * count;
    long at = x;
    for (long w = rows; w != end; w += vector, at += vector) {
      var wa = FloatVector.fromMemorySegment(FLOATS, ALL, w, LITTLE_ENDIAN);
      var wb = FloatVector.fromMemorySegment(FLOATS, ALL, w + 4L * BLOCK, LITTLE_ENDIAN);
      var x0 = FloatVector.fromMemorySegment(FLOATS, ALL, at, LITTLE_ENDIAN);
      a0 = wa.fma(x0, a0);
      b0 = wb.fma(x0, b0);
      var x1 = FloatVector.fromMemorySegment(FLOATS, ALL, at + step, LITTLE_ENDIAN);
      a1 = wa.fma(x1, a1);
      b1 = wb.fma(x1, b1);
      var x2 = FloatVector.fromMemorySegment(FLOATS, ALL, at + 2 * step, LITTLE_ENDIAN);
      a2 = wa.fma(x2, a2);
      b2 = wb.fma(x2, b2);
      var x3 = FloatVector.fromMemorySegment(FLOATS, ALL, at + 3 * step, LITTLE_ENDIAN);
      a3 = wa.fma(x3, a3);
      b3 = wb.fma(x3, b3);
      var x4 = FloatVector.fromMemorySegment(FLOATS, ALL, at + 4 * step, LITTLE_ENDIAN);
      a4 = wa.fma(x4, a4);
      b4 = wb.fma(x4, b4);
      var x5 = FloatVector.fromMemorySegment(FLOATS, ALL, at + 5 * step, LITTLE_ENDIAN);
      a5 = wa.fma(x5, a5);
      b5 = wb.fma(x5, b5);
      var x6 = FloatVector.fromMemorySegment(FLOATS, ALL, at + 6 * step, LITTLE_ENDIAN);
      a6 = wa.fma(x6, a6);
      b6 = wb.fma(x6, b6);
      var x7 = FloatVector.fromMemorySegment(FLOATS, ALL, at + 7 * step, LITTLE_ENDIAN);
      a7 = wa.fma(x7, a7);
      b7 = wb.fma(x7, b7);
    }
    if (!first) {
      a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 0 * vector, LITTLE_ENDIAN));
      a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 1 * vector, LITTLE_ENDIAN));
      a2 = a2.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 2 * vector, LITTLE_ENDIAN));
      a3 = a3.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 3 * vector, LITTLE_ENDIAN));
      a4 = a4.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 4 * vector, LITTLE_ENDIAN));
      a5 = a5.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 5 * vector, LITTLE_ENDIAN));
      a6 = a6.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 6 * vector, LITTLE_ENDIAN));
      a7 = a7.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 7 * vector, LITTLE_ENDIAN));
      b0 = b0.add(FloatVector.fromMemorySegment(FLOATS, ALL, below + 0 * vector, LITTLE_ENDIAN));
      b1 = b1.add(FloatVector.fromMemorySegment(FLOATS, ALL, below + 1 * vector, LITTLE_ENDIAN));
      b2 = b2.add(FloatVector.fromMemorySegment(FLOATS, ALL, below + 2 * vector, LITTLE_ENDIAN));
      b3 = b3.add(FloatVector.fromMemorySegment(FLOATS, ALL, below + 3 * vector, LITTLE_ENDIAN));
      b4 = b4.add(FloatVector.fromMemorySegment(FLOATS, ALL, below + 4 * vector, LITTLE_ENDIAN));
      b5 = b5.add(FloatVector.fromMemorySegment(FLOATS, ALL, below + 5 * vector, LITTLE_ENDIAN));
      b6 = b6.add(FloatVector.fromMemorySegment(FLOATS, ALL, below + 6 * vector, LITTLE_ENDIAN));
      b7 = b7.add(FloatVector.fromMemorySegment(FLOATS, ALL, below + 7 * vector, LITTLE_ENDIAN));
    }
    a0.intoMemorySegment(ALL, sums + 0 * vector, LITTLE_ENDIAN);
    a1.intoMemorySegment(ALL, sums + 1 * vector, LITTLE_ENDIAN);
    a2.intoMemorySegment(ALL, sums + 2 * vector, LITTLE_ENDIAN);
    a3.intoMemorySegment(ALL, sums + 3 * vector, LITTLE_ENDIAN);
    a4.intoMemorySegment(ALL, sums + 4 * vector, LITTLE_ENDIAN);
    a5.intoMemorySegment(ALL, sums + 5 * vector, LITTLE_ENDIAN);
    a6.intoMemorySegment(ALL, sums + 6 * vector, LITTLE_ENDIAN);
    a7.intoMemorySegment(ALL, sums + 7 * vector, LITTLE_ENDIAN);
    b0.intoMemorySegment(ALL, below + 0 * vector, LITTLE_ENDIAN);
    b1.intoMemorySegment(ALL, below + 1 * vector, LITTLE_ENDIAN);
    b2.intoMemorySegment(ALL, below + 2 * vector, LITTLE_ENDIAN);
    b3.intoMemorySegment(ALL, below + 3 * vector, LITTLE_ENDIAN);
    b4.intoMemorySegment(ALL, below + 4 * vector, LITTLE_ENDIAN);
    b5.intoMemorySegment(ALL, below + 5 * vector, LITTLE_ENDIAN);
    b6.intoMemorySegment(ALL, below + 6 * vector, LITTLE_ENDIAN);
    b7.intoMemorySegment(ALL, below + 7 * vector, LITTLE_ENDIAN);
  }

  private static void twoByFour(
      long rows, int count, long x, int xStride, long sums, int token, boolean first) {
    long at = sums + 4L * LANES * token;
    long below = at + 4L * LANES * TOKENS;
    long vector = 4L * LANES;
    var a0 =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, at, LITTLE_ENDIAN);
    var a1 =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, at + vector, LITTLE_ENDIAN);
    var a2 =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, at + 2 * vector, LITTLE_ENDIAN);
    var a3 =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, at + 3 * vector, LITTLE_ENDIAN);
    var b0 =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, below, LITTLE_ENDIAN);
    var b1 =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, below + vector, LITTLE_ENDIAN);
    var b2 =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, below + 2 * vector, LITTLE_ENDIAN);
    var b3 =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, below + 3 * vector, LITTLE_ENDIAN);
    long step = 4L * xStride;
    long end = rows + 4L * count;
    long xi = x;
    for (long w = rows; w != end; w += vector, xi += vector) {
      var wa = FloatVector.fromMemorySegment(FLOATS, ALL, w, LITTLE_ENDIAN);
      var wb = FloatVector.fromMemorySegment(FLOATS, ALL, w + 4L * BLOCK, LITTLE_ENDIAN);
      var x0 = FloatVector.fromMemorySegment(FLOATS, ALL, xi, LITTLE_ENDIAN);
      var x1 = FloatVector.fromMemorySegment(FLOATS, ALL, xi + step, LITTLE_ENDIAN);
      var x2 = FloatVector.fromMemorySegment(FLOATS, ALL, xi + 2 * step, LITTLE_ENDIAN);
      var x3 = FloatVector.fromMemorySegment(FLOATS, ALL, xi + 3 * step, LITTLE_ENDIAN);
      a0 = wa.fma(x0, a0);
      b0 = wb.fma(x0, b0);
      a1 = wa.fma(x1, a1);
      b1 = wb.fma(x1, b1);
      a2 = wa.fma(x2, a2);
      b2 = wb.fma(x2, b2);
      a3 = wa.fma(x3, a3);
      b3 = wb.fma(x3, b3);
    }
    a0.intoMemorySegment(ALL, at, LITTLE_ENDIAN);
    a1.intoMemorySegment(ALL, at + vector, LITTLE_ENDIAN);
    a2.intoMemorySegment(ALL, at + 2 * vector, LITTLE_ENDIAN);
    a3.intoMemorySegment(ALL, at + 3 * vector, LITTLE_ENDIAN);
    b0.intoMemorySegment(ALL, below, LITTLE_ENDIAN);
    b1.intoMemorySegment(ALL, below + vector, LITTLE_ENDIAN);
    b2.intoMemorySegment(ALL, below + 2 * vector, LITTLE_ENDIAN);
    b3.intoMemorySegment(ALL, below + 3 * vector, LITTLE_ENDIAN);
  }

  private static void twoByOne(long rows, int count, long x, long sums, int token, boolean first) {
    long at = sums + 4L * LANES * token;
    long below = at + 4L * LANES * TOKENS;
    var a =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, at, LITTLE_ENDIAN);
    var b =
        first
            ? FloatVector.zero(FLOATS)
            : FloatVector.fromMemorySegment(FLOATS, ALL, below, LITTLE_ENDIAN);
    long vector = 4L * LANES;
    long end = rows + 4L * count;
    long xAt = x;
    for (long w = rows; w != end; w += vector, xAt += vector) {
      var xi = FloatVector.fromMemorySegment(FLOATS, ALL, xAt, LITTLE_ENDIAN);
      a = FloatVector.fromMemorySegment(FLOATS, ALL, w, LITTLE_ENDIAN).fma(xi, a);
      b = FloatVector.fromMemorySegment(FLOATS, ALL, w + 4L * BLOCK, LITTLE_ENDIAN).fma(xi, b);
    }
    a.intoMemorySegment(ALL, at, LITTLE_ENDIAN);
    b.intoMemorySegment(ALL, below, LITTLE_ENDIAN);
  }
}
