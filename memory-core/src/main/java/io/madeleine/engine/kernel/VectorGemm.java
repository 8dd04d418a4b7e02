package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.f32;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.madeleine.engine.tensor.ElementType;
import jdk.incubator.vector.FloatVector;

/**
 * A panel of rows times many tokens: prefill. Vectors run along the tokens, so no sum is ever
 * folded within a vector. The tokens are packed once for all rows into tiles {@code [column][two
 * vectors of tokens]}; a block of {@value #BLOCK} columns of a tile stays in the first cache while
 * all rows of the panel, decoded once, go past it. Six rows times one tile are in registers: twelve
 * sums, the most that the compiler keeps there without moving them about.
 */
final class VectorGemm {
  private VectorGemm() {}

  /** Tokens of a whole tile. */
  static final int TILE = 2 * LANES;

  private static final int BLOCK = 256;
  private static final int ROWS = 6;
  private static final int PACK = 64;

  /** {@return tokens rounded up to what the tiles hold} */
  static int padded(int tokens) {
    return (tokens + LANES - 1) / LANES * LANES;
  }

  /** {@return floats of scratch that one worker needs} */
  static int scratch(int tokens) {
    return Kernels.PANEL_ROWS * (BLOCK + padded(tokens));
  }

  /** Packs one tile: {@code packed[column][token of the tile]}, zero beyond the last token. */
  static void pack(long x, int xStride, int tokens, int columns, int firstToken, long packed) {
    int width = Math.min(TILE, padded(tokens) - firstToken);
    long tile = packed + 4L * firstToken * columns;
    int present = Math.min(width, tokens - firstToken);
    // A few columns at a time, so that what is written stays in the first cache until it is full.
    for (int c = 0; c < columns; c += PACK) {
      int count = Math.min(PACK, columns - c);
      for (int t = 0; t < present; t++) {
        long from = x + 4L * ((long) (firstToken + t) * xStride + c);
        packToken(from, count, tile + 4L * ((long) c * width + t), 4L * width);
      }
      for (int t = present; t < width; t++) {
        for (int i = 0; i < count; i++) {
          f32(tile + 4L * ((long) (c + i) * width + t), 0);
        }
      }
    }
  }

  private static void packToken(long from, int count, long to, long step) {
    for (int i = 0; i < count; i++) {
      f32(to + step * i, f32(from + 4L * i));
    }
  }

  static void multiply(
      VectorKernels kernels,
      ElementType type,
      long weights,
      int columns,
      int rows,
      long packed,
      int tokens,
      long out,
      int outStride,
      long scratch) {
    long rowBytes = type.bytes(columns);
    int padded = padded(tokens);
    long sums = scratch + 4L * Kernels.PANEL_ROWS * BLOCK;
    for (int from = 0; from < columns; from += BLOCK) {
      int count = Math.min(BLOCK, columns - from);
      for (int row = 0; row < rows; row++) {
        long source = weights + row * rowBytes + type.bytes(from);
        kernels.dequantise(type, source, count, scratch + 4L * row * BLOCK);
      }
      for (int token = 0; token < padded; token += TILE) {
        int width = Math.min(TILE, padded - token);
        long tile = packed + 4L * ((long) token * columns + (long) from * width);
        for (int row = 0; row < rows; row += ROWS) {
          // Sums of six rows and one tile stand together.
          long at = sums + 4L * ((long) row * padded + (long) token * ROWS);
          long panel = scratch + 4L * row * BLOCK;
          tile(panel, tile, count, width, at, from == 0);
        }
      }
    }
    scatter(sums, rows, tokens, padded, out, outStride);
  }

  private static void tile(long panel, long x, int count, int width, long sums, boolean first) {
    if (width < TILE) {
      sixByOne(panel, x, count, sums, first);
    } else if (LANES == 8) { // 16 registers: six rows of two vectors would spill
      threeByTwo(panel, x, count, sums, first);
      threeByTwo(panel + 12L * BLOCK, x, count, sums + 12L * TILE, first);
    } else {
      sixByTwo(panel, x, count, sums, first);
    }
  }

  private static void sixByTwo(long panel, long x, int count, long sums, boolean first) {
    final long half = 4L * LANES;
    final long next = 4L * TILE;
    final long row = 4L * BLOCK;
    var a0 = FloatVector.zero(FLOATS);
    var b0 = FloatVector.zero(FLOATS);
    var a1 = FloatVector.zero(FLOATS);
    var b1 = FloatVector.zero(FLOATS);
    var a2 = FloatVector.zero(FLOATS);
    var b2 = FloatVector.zero(FLOATS);
    var a3 = FloatVector.zero(FLOATS);
    var b3 = FloatVector.zero(FLOATS);
    var a4 = FloatVector.zero(FLOATS);
    var b4 = FloatVector.zero(FLOATS);
    var a5 = FloatVector.zero(FLOATS);
    var b5 = FloatVector.zero(FLOATS);
    long at = x;
    long end = panel + 4L * count;
    for (long w = panel; w != end; w += 4, at += next) {
      var xa = FloatVector.fromMemorySegment(FLOATS, ALL, at, LITTLE_ENDIAN);
      var xb = FloatVector.fromMemorySegment(FLOATS, ALL, at + half, LITTLE_ENDIAN);
      var w0 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w));
      a0 = w0.fma(xa, a0);
      b0 = w0.fma(xb, b0);
      var w1 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + row));
      a1 = w1.fma(xa, a1);
      b1 = w1.fma(xb, b1);
      var w2 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + 2 * row));
      a2 = w2.fma(xa, a2);
      b2 = w2.fma(xb, b2);
      var w3 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + 3 * row));
      a3 = w3.fma(xa, a3);
      b3 = w3.fma(xb, b3);
      var w4 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + 4 * row));
      a4 = w4.fma(xa, a4);
      b4 = w4.fma(xb, b4);
      var w5 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + 5 * row));
      a5 = w5.fma(xa, a5);
      b5 = w5.fma(xb, b5);
    }
    if (!first) {
      a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums, LITTLE_ENDIAN));
      b0 = b0.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + half, LITTLE_ENDIAN));
      a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + next, LITTLE_ENDIAN));
      b1 = b1.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + next + half, LITTLE_ENDIAN));
      a2 = a2.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 2 * next, LITTLE_ENDIAN));
      b2 =
          b2.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 2 * next + half, LITTLE_ENDIAN));
      a3 = a3.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 3 * next, LITTLE_ENDIAN));
      b3 =
          b3.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 3 * next + half, LITTLE_ENDIAN));
      a4 = a4.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 4 * next, LITTLE_ENDIAN));
      b4 =
          b4.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 4 * next + half, LITTLE_ENDIAN));
      a5 = a5.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 5 * next, LITTLE_ENDIAN));
      b5 =
          b5.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 5 * next + half, LITTLE_ENDIAN));
    }
    a0.intoMemorySegment(ALL, sums, LITTLE_ENDIAN);
    b0.intoMemorySegment(ALL, sums + half, LITTLE_ENDIAN);
    a1.intoMemorySegment(ALL, sums + next, LITTLE_ENDIAN);
    b1.intoMemorySegment(ALL, sums + next + half, LITTLE_ENDIAN);
    a2.intoMemorySegment(ALL, sums + 2 * next, LITTLE_ENDIAN);
    b2.intoMemorySegment(ALL, sums + 2 * next + half, LITTLE_ENDIAN);
    a3.intoMemorySegment(ALL, sums + 3 * next, LITTLE_ENDIAN);
    b3.intoMemorySegment(ALL, sums + 3 * next + half, LITTLE_ENDIAN);
    a4.intoMemorySegment(ALL, sums + 4 * next, LITTLE_ENDIAN);
    b4.intoMemorySegment(ALL, sums + 4 * next + half, LITTLE_ENDIAN);
    a5.intoMemorySegment(ALL, sums + 5 * next, LITTLE_ENDIAN);
    b5.intoMemorySegment(ALL, sums + 5 * next + half, LITTLE_ENDIAN);
  }

  private static void threeByTwo(long panel, long x, int count, long sums, boolean first) {
    final long half = 4L * LANES;
    final long next = 4L * TILE;
    final long row = 4L * BLOCK;
    var a0 = FloatVector.zero(FLOATS);
    var b0 = FloatVector.zero(FLOATS);
    var a1 = FloatVector.zero(FLOATS);
    var b1 = FloatVector.zero(FLOATS);
    var a2 = FloatVector.zero(FLOATS);
    var b2 = FloatVector.zero(FLOATS);
    long at = x;
    long end = panel + 4L * count;
    for (long w = panel; w != end; w += 4, at += next) {
      var xa = FloatVector.fromMemorySegment(FLOATS, ALL, at, LITTLE_ENDIAN);
      var xb = FloatVector.fromMemorySegment(FLOATS, ALL, at + half, LITTLE_ENDIAN);
      var w0 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w));
      a0 = w0.fma(xa, a0);
      b0 = w0.fma(xb, b0);
      var w1 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + row));
      a1 = w1.fma(xa, a1);
      b1 = w1.fma(xb, b1);
      var w2 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + 2 * row));
      a2 = w2.fma(xa, a2);
      b2 = w2.fma(xb, b2);
    }
    if (!first) {
      a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums, LITTLE_ENDIAN));
      b0 = b0.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + half, LITTLE_ENDIAN));
      a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + next, LITTLE_ENDIAN));
      b1 = b1.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + next + half, LITTLE_ENDIAN));
      a2 = a2.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 2 * next, LITTLE_ENDIAN));
      b2 =
          b2.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 2 * next + half, LITTLE_ENDIAN));
    }
    a0.intoMemorySegment(ALL, sums, LITTLE_ENDIAN);
    b0.intoMemorySegment(ALL, sums + half, LITTLE_ENDIAN);
    a1.intoMemorySegment(ALL, sums + next, LITTLE_ENDIAN);
    b1.intoMemorySegment(ALL, sums + next + half, LITTLE_ENDIAN);
    a2.intoMemorySegment(ALL, sums + 2 * next, LITTLE_ENDIAN);
    b2.intoMemorySegment(ALL, sums + 2 * next + half, LITTLE_ENDIAN);
  }

  private static void sixByOne(long panel, long x, int count, long sums, boolean first) {
    final long next = 4L * LANES;
    final long row = 4L * BLOCK;
    var a0 = FloatVector.zero(FLOATS);
    var a1 = FloatVector.zero(FLOATS);
    var a2 = FloatVector.zero(FLOATS);
    var a3 = FloatVector.zero(FLOATS);
    var a4 = FloatVector.zero(FLOATS);
    var a5 = FloatVector.zero(FLOATS);
    long at = x;
    long end = panel + 4L * count;
    for (long w = panel; w != end; w += 4, at += next) {
      var xa = FloatVector.fromMemorySegment(FLOATS, ALL, at, LITTLE_ENDIAN);
      var w0 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w));
      a0 = w0.fma(xa, a0);
      var w1 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + row));
      a1 = w1.fma(xa, a1);
      var w2 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + 2 * row));
      a2 = w2.fma(xa, a2);
      var w3 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + 3 * row));
      a3 = w3.fma(xa, a3);
      var w4 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + 4 * row));
      a4 = w4.fma(xa, a4);
      var w5 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, w + 5 * row));
      a5 = w5.fma(xa, a5);
    }
    if (!first) {
      a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums, LITTLE_ENDIAN));
      a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + next, LITTLE_ENDIAN));
      a2 = a2.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 2 * next, LITTLE_ENDIAN));
      a3 = a3.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 3 * next, LITTLE_ENDIAN));
      a4 = a4.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 4 * next, LITTLE_ENDIAN));
      a5 = a5.add(FloatVector.fromMemorySegment(FLOATS, ALL, sums + 5 * next, LITTLE_ENDIAN));
    }
    a0.intoMemorySegment(ALL, sums, LITTLE_ENDIAN);
    a1.intoMemorySegment(ALL, sums + next, LITTLE_ENDIAN);
    a2.intoMemorySegment(ALL, sums + 2 * next, LITTLE_ENDIAN);
    a3.intoMemorySegment(ALL, sums + 3 * next, LITTLE_ENDIAN);
    a4.intoMemorySegment(ALL, sums + 4 * next, LITTLE_ENDIAN);
    a5.intoMemorySegment(ALL, sums + 5 * next, LITTLE_ENDIAN);
  }

  private static void scatter(
      long sums, int rows, int tokens, int padded, long out, int outStride) {
    for (int token = 0; token < tokens; token++) {
      int inTile = token % TILE;
      int width = Math.min(TILE, padded - (token - inTile));
      long to = out + 4L * token * outStride;
      for (int row = 0; row < rows; row++) {
        int inGroup = row % ROWS;
        long group = (long) (row - inGroup) * padded + (long) (token - inTile) * ROWS;
        f32(to + 4L * row, f32(sums + 4L * (group + (long) inGroup * width + inTile)));
      }
    }
  }
}
