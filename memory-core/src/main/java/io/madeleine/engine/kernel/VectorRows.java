package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.f16;
import static io.madeleine.engine.kernel.Memory.f32;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static io.madeleine.engine.kernel.VectorLoads.bfloats;
import static io.madeleine.engine.kernel.VectorLoads.halves;
import static io.madeleine.engine.kernel.VectorLoads.signedBytes;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.madeleine.engine.tensor.ElementType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One row of weights times one token: decode. Bound by memory for wide types and by unpacking for
 * narrow ones, so each type has its own loop: one sequential stream of weights, two accumulators.
 */
final class VectorRows {
  private VectorRows() {}

  /** {@return whether there is a loop for this type at this width} */
  static boolean reads(ElementType type) {
    return switch (type) {
      case F32, F16, BF16, Q8_0 -> true;
      default -> LANES > 4; // no byte vector is as short as four ints
    };
  }

  /** {@return whether its loop wants what {@link RowScales} prepares} */
  static boolean scaled(ElementType type) {
    return switch (type) {
      case F32, F16, BF16, Q8_0 -> false;
      default -> reads(type);
    };
  }

  static float dot(ElementType type, long row, int columns, long x, long scratch) {
    long scales = RowScales.scales(columns, scratch);
    return switch (type) {
      case F32 -> f32Dot(row, columns, x);
      case F16 -> f16Dot(row, columns, x);
      case BF16 -> bf16Dot(row, columns, x);
      case Q8_0 -> q8(row, columns, x);
      case Q4_0 -> {
        float zero = RowScales.ofBlocks(row, 18, columns, scratch);
        yield VectorSmallRows.q4(row, columns, x, scales) - 8 * zero;
      }
      case Q4_1 -> {
        float minima = RowScales.ofBlocksWithMinima(row, 20, columns, scratch);
        yield VectorSmallRows.q41(row, columns, x, scales) + minima;
      }
      case Q5_0 -> {
        float zero = RowScales.ofBlocks(row, 22, columns, scratch);
        yield VectorFiveBitRows.q5(row, columns, x, scales) - 16 * zero;
      }
      case Q5_1 -> {
        float minima = RowScales.ofBlocksWithMinima(row, 24, columns, scratch);
        yield VectorFiveBitRows.q51(row, columns, x, scales) + minima;
      }
      case Q4_K -> {
        float minima = RowScales.ofSuperBlocks(row, 144, columns, scratch);
        yield VectorSuperRows.q4k(row, columns, x, scales) - minima;
      }
      case Q5_K -> {
        float minima = RowScales.ofSuperBlocks(row, 176, columns, scratch);
        yield VectorSuperRows.q5k(row, columns, x, scales) - minima;
      }
      case Q6_K -> {
        float zero = RowScales.ofSixBits(row, columns, scratch);
        yield VectorSuperRows.q6k(row, columns, x, scales) - zero;
      }
    };
  }

  private static float f32Dot(long row, int columns, long x) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= columns - 2 * LANES; i += 2 * LANES) {
      sum0 =
          FloatVector.fromMemorySegment(FLOATS, ALL, row + 4L * i, LITTLE_ENDIAN)
              .fma(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, LITTLE_ENDIAN), sum0);
      sum1 =
          FloatVector.fromMemorySegment(FLOATS, ALL, row + 4L * (i + LANES), LITTLE_ENDIAN)
              .fma(
                  FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * (i + LANES), LITTLE_ENDIAN),
                  sum1);
    }
    float sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (; i < columns; i++) {
      sum += f32(row + 4L * i) * f32(x + 4L * i);
    }
    return sum;
  }

  private static float f16Dot(long row, int columns, long x) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= columns - 2 * LANES; i += 2 * LANES) {
      sum0 =
          halves(row + 2L * i)
              .fma(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, LITTLE_ENDIAN), sum0);
      sum1 =
          halves(row + 2L * (i + LANES))
              .fma(
                  FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * (i + LANES), LITTLE_ENDIAN),
                  sum1);
    }
    float sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (; i < columns; i++) {
      sum += f16(row + 2L * i) * f32(x + 4L * i);
    }
    return sum;
  }

  private static float bf16Dot(long row, int columns, long x) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= columns - 2 * LANES; i += 2 * LANES) {
      sum0 =
          bfloats(row + 2L * i)
              .fma(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, LITTLE_ENDIAN), sum0);
      sum1 =
          bfloats(row + 2L * (i + LANES))
              .fma(
                  FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * (i + LANES), LITTLE_ENDIAN),
                  sum1);
    }
    float sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (; i < columns; i++) {
      sum += Float.intBitsToFloat(Memory.i16(row + 2L * i) << 16) * f32(x + 4L * i);
    }
    return sum;
  }

  private static float q8(long row, int columns, long x) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int blocks = columns / 32;
    int b = blocks - blocks % 2;
    long end = row + 34L * b;
    long token = x;
    for (long pair = row; pair != end; pair += 68, token += 256) {
      long block0 = pair;
      long block1 = pair + 34;
      long at = token;
      var part0 =
          signedBytes(block0 + 2)
              .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at, LITTLE_ENDIAN));
      var part1 =
          signedBytes(block1 + 2)
              .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 128, LITTLE_ENDIAN));
      for (int i = LANES; i != 32; i += LANES) {
        part0 =
            signedBytes(block0 + 2 + i)
                .fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * i, LITTLE_ENDIAN), part0);
        part1 =
            signedBytes(block1 + 2 + i)
                .fma(
                    FloatVector.fromMemorySegment(FLOATS, ALL, at + 128 + 4L * i, LITTLE_ENDIAN),
                    part1);
      }
      sum0 = part0.fma(FloatVector.broadcast(FLOATS, f16(block0)), sum0);
      sum1 = part1.fma(FloatVector.broadcast(FLOATS, f16(block1)), sum1);
    }
    if (b < blocks) {
      long block = row + 34L * b;
      for (int i = 0; i != 32; i += LANES) {
        var scale = FloatVector.broadcast(FLOATS, f16(block));
        sum0 =
            signedBytes(block + 2 + i)
                .mul(
                    FloatVector.fromMemorySegment(
                        FLOATS, ALL, x + 128L * b + 4L * i, LITTLE_ENDIAN))
                .fma(scale, sum0);
      }
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD);
  }
}
