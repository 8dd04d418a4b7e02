package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.f32;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static io.madeleine.engine.kernel.VectorLoads.floats;
import static io.madeleine.engine.kernel.VectorLoads.store;

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

  private static final int BLOCK = 1024;

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
        var sum = floats(sums + 4L * LANES * ((long) row * TOKENS + t));
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
    for (long w = rows; w < end; w += vector, at += vector) {
      var wa = floats(w);
      var wb = floats(w + 4L * BLOCK);
      var x0 = floats(at);
      a0 = wa.fma(x0, a0);
      b0 = wb.fma(x0, b0);
      var x1 = floats(at + step);
      a1 = wa.fma(x1, a1);
      b1 = wb.fma(x1, b1);
      var x2 = floats(at + 2 * step);
      a2 = wa.fma(x2, a2);
      b2 = wb.fma(x2, b2);
      var x3 = floats(at + 3 * step);
      a3 = wa.fma(x3, a3);
      b3 = wb.fma(x3, b3);
      var x4 = floats(at + 4 * step);
      a4 = wa.fma(x4, a4);
      b4 = wb.fma(x4, b4);
      var x5 = floats(at + 5 * step);
      a5 = wa.fma(x5, a5);
      b5 = wb.fma(x5, b5);
      var x6 = floats(at + 6 * step);
      a6 = wa.fma(x6, a6);
      b6 = wb.fma(x6, b6);
      var x7 = floats(at + 7 * step);
      a7 = wa.fma(x7, a7);
      b7 = wb.fma(x7, b7);
    }
    if (!first) {
      a0 = a0.add(floats(sums + 0 * vector));
      a1 = a1.add(floats(sums + 1 * vector));
      a2 = a2.add(floats(sums + 2 * vector));
      a3 = a3.add(floats(sums + 3 * vector));
      a4 = a4.add(floats(sums + 4 * vector));
      a5 = a5.add(floats(sums + 5 * vector));
      a6 = a6.add(floats(sums + 6 * vector));
      a7 = a7.add(floats(sums + 7 * vector));
      b0 = b0.add(floats(below + 0 * vector));
      b1 = b1.add(floats(below + 1 * vector));
      b2 = b2.add(floats(below + 2 * vector));
      b3 = b3.add(floats(below + 3 * vector));
      b4 = b4.add(floats(below + 4 * vector));
      b5 = b5.add(floats(below + 5 * vector));
      b6 = b6.add(floats(below + 6 * vector));
      b7 = b7.add(floats(below + 7 * vector));
    }
    store(a0, sums + 0 * vector);
    store(a1, sums + 1 * vector);
    store(a2, sums + 2 * vector);
    store(a3, sums + 3 * vector);
    store(a4, sums + 4 * vector);
    store(a5, sums + 5 * vector);
    store(a6, sums + 6 * vector);
    store(a7, sums + 7 * vector);
    store(b0, below + 0 * vector);
    store(b1, below + 1 * vector);
    store(b2, below + 2 * vector);
    store(b3, below + 3 * vector);
    store(b4, below + 4 * vector);
    store(b5, below + 5 * vector);
    store(b6, below + 6 * vector);
    store(b7, below + 7 * vector);
  }

  private static void twoByFour(
      long rows, int count, long x, int xStride, long sums, int token, boolean first) {
    long at = sums + 4L * LANES * token;
    long below = at + 4L * LANES * TOKENS;
    long vector = 4L * LANES;
    var a0 = first ? FloatVector.zero(FLOATS) : floats(at);
    var a1 = first ? FloatVector.zero(FLOATS) : floats(at + vector);
    var a2 = first ? FloatVector.zero(FLOATS) : floats(at + 2 * vector);
    var a3 = first ? FloatVector.zero(FLOATS) : floats(at + 3 * vector);
    var b0 = first ? FloatVector.zero(FLOATS) : floats(below);
    var b1 = first ? FloatVector.zero(FLOATS) : floats(below + vector);
    var b2 = first ? FloatVector.zero(FLOATS) : floats(below + 2 * vector);
    var b3 = first ? FloatVector.zero(FLOATS) : floats(below + 3 * vector);
    long step = 4L * xStride;
    for (int i = 0; i < count; i += LANES) {
      var wa = floats(rows + 4L * i);
      var wb = floats(rows + 4L * BLOCK + 4L * i);
      long xi = x + 4L * i;
      var x0 = floats(xi);
      var x1 = floats(xi + step);
      var x2 = floats(xi + 2 * step);
      var x3 = floats(xi + 3 * step);
      a0 = wa.fma(x0, a0);
      b0 = wb.fma(x0, b0);
      a1 = wa.fma(x1, a1);
      b1 = wb.fma(x1, b1);
      a2 = wa.fma(x2, a2);
      b2 = wb.fma(x2, b2);
      a3 = wa.fma(x3, a3);
      b3 = wb.fma(x3, b3);
    }
    store(a0, at);
    store(a1, at + vector);
    store(a2, at + 2 * vector);
    store(a3, at + 3 * vector);
    store(b0, below);
    store(b1, below + vector);
    store(b2, below + 2 * vector);
    store(b3, below + 3 * vector);
  }

  private static void twoByOne(long rows, int count, long x, long sums, int token, boolean first) {
    long at = sums + 4L * LANES * token;
    long below = at + 4L * LANES * TOKENS;
    var a = first ? FloatVector.zero(FLOATS) : floats(at);
    var b = first ? FloatVector.zero(FLOATS) : floats(below);
    for (int i = 0; i < count; i += LANES) {
      var xi = floats(x + 4L * i);
      a = floats(rows + 4L * i).fma(xi, a);
      b = floats(rows + 4L * BLOCK + 4L * i).fma(xi, b);
    }
    store(a, at);
    store(b, below);
  }
}
