package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.f16;
import static io.madeleine.engine.kernel.Memory.f32;
import static io.madeleine.engine.kernel.Memory.i8;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static io.madeleine.engine.kernel.VectorLoads.asFloats;
import static io.madeleine.engine.kernel.VectorLoads.bfloats;
import static io.madeleine.engine.kernel.VectorLoads.floats;
import static io.madeleine.engine.kernel.VectorLoads.halves;
import static io.madeleine.engine.kernel.VectorLoads.signedBytes;
import static io.madeleine.engine.kernel.VectorLoads.unsignedBytes;

import io.madeleine.engine.tensor.ElementType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One row of weights times one token: decode. Bound by memory for wide types and by unpacking for
 * narrow ones, so each type has its own loop: one sequential stream of weights, two accumulators.
 *
 * <p>Types with a zero point or minimum use {@code Σ (d·q − m)·x = d·Σ q·x − m·Σ x}, with the sums
 * of x over 32 neighbours made once for all rows.
 */
final class VectorRows {
  private VectorRows() {}

  /** {@return whether this type has a loop of its own} */
  static boolean reads(ElementType type) {
    return switch (type) {
      case F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K, Q5_K, Q6_K -> true;
      case Q5_0, Q5_1 -> false;
    };
  }

  /** Sums 32 neighbours each. */
  static void sums(long x, int count, long sums) {
    for (int b = 0; b < count / 32; b++) {
      var sum = FloatVector.zero(FLOATS);
      for (int i = 0; i < 32; i += LANES) {
        sum = sum.add(floats(x + 4L * (32 * b + i)));
      }
      f32(sums + 4L * b, sum.reduceLanes(VectorOperators.ADD));
    }
  }

  static float dot(ElementType type, long row, int columns, long x, long sums) {
    return switch (type) {
      case F32 -> f32Dot(row, columns, x);
      case F16 -> f16Dot(row, columns, x);
      case BF16 -> bf16Dot(row, columns, x);
      case Q8_0 -> q8(row, columns, x);
      case Q4_0 -> q4(row, columns, x, sums);
      case Q4_1 -> q41(row, columns, x, sums);
      case Q4_K -> q4k(row, columns, x, sums);
      case Q5_K -> q5k(row, columns, x, sums);
      case Q6_K -> q6k(row, columns, x);
      default -> throw new IllegalStateException("no row loop for " + type + ": should not happen");
    };
  }

  private static float f32Dot(long row, int columns, long x) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i <= columns - 2 * LANES; i += 2 * LANES) {
      sum0 = floats(row + 4L * i).fma(floats(x + 4L * i), sum0);
      sum1 = floats(row + 4L * (i + LANES)).fma(floats(x + 4L * (i + LANES)), sum1);
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
      sum0 = halves(row + 2L * i).fma(floats(x + 4L * i), sum0);
      sum1 = halves(row + 2L * (i + LANES)).fma(floats(x + 4L * (i + LANES)), sum1);
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
      sum0 = bfloats(row + 2L * i).fma(floats(x + 4L * i), sum0);
      sum1 = bfloats(row + 2L * (i + LANES)).fma(floats(x + 4L * (i + LANES)), sum1);
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
    int b = 0;
    for (; b <= blocks - 2; b += 2) {
      long block0 = row + 34L * b;
      long block1 = block0 + 34;
      long at = x + 128L * b;
      var part0 = signedBytes(block0 + 2).mul(floats(at));
      var part1 = signedBytes(block1 + 2).mul(floats(at + 128));
      for (int i = LANES; i < 32; i += LANES) {
        part0 = signedBytes(block0 + 2 + i).fma(floats(at + 4L * i), part0);
        part1 = signedBytes(block1 + 2 + i).fma(floats(at + 128 + 4L * i), part1);
      }
      sum0 = part0.fma(FloatVector.broadcast(FLOATS, f16(block0)), sum0);
      sum1 = part1.fma(FloatVector.broadcast(FLOATS, f16(block1)), sum1);
    }
    if (b < blocks) {
      long block = row + 34L * b;
      for (int i = 0; i < 32; i += LANES) {
        var scale = FloatVector.broadcast(FLOATS, f16(block));
        sum0 = signedBytes(block + 2 + i).mul(floats(x + 128L * b + 4L * i)).fma(scale, sum0);
      }
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD);
  }

  private static float q4(long row, int columns, long x, long sums) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    float zero = 0;
    int blocks = columns / 32;
    int b = 0;
    for (; b <= blocks - 2; b += 2) {
      long block0 = row + 18L * b;
      long block1 = block0 + 18;
      long at = x + 128L * b;
      float scale0 = f16(block0);
      float scale1 = f16(block1);
      for (int i = 0; i < 16; i += LANES) {
        var both0 = unsignedBytes(block0 + 2 + i);
        var both1 = unsignedBytes(block1 + 2 + i);
        var low0 = asFloats(both0.and(15)).mul(floats(at + 4L * i));
        var low1 = asFloats(both1.and(15)).mul(floats(at + 128 + 4L * i));
        var high0 = asFloats(both0.lanewise(VectorOperators.LSHR, 4));
        var high1 = asFloats(both1.lanewise(VectorOperators.LSHR, 4));
        var part0 = high0.fma(floats(at + 64 + 4L * i), low0);
        var part1 = high1.fma(floats(at + 192 + 4L * i), low1);
        sum0 = part0.fma(FloatVector.broadcast(FLOATS, scale0), sum0);
        sum1 = part1.fma(FloatVector.broadcast(FLOATS, scale1), sum1);
      }
      zero += scale0 * f32(sums + 4L * b) + scale1 * f32(sums + 4L * b + 4);
    }
    if (b < blocks) {
      long block = row + 18L * b;
      long at = x + 128L * b;
      var spread = FloatVector.broadcast(FLOATS, f16(block));
      for (int i = 0; i < 16; i += LANES) {
        var both = unsignedBytes(block + 2 + i);
        var low = asFloats(both.and(15)).mul(floats(at + 4L * i));
        var high = asFloats(both.lanewise(VectorOperators.LSHR, 4));
        sum0 = high.fma(floats(at + 64 + 4L * i), low).fma(spread, sum0);
      }
      zero += f16(block) * f32(sums + 4L * b);
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD) - 8 * zero;
  }

  private static float q41(long row, int columns, long x, long sums) {
    var sum = FloatVector.zero(FLOATS);
    float minima = 0;
    for (int b = 0; b < columns / 32; b++) {
      long block = row + 20L * b;
      long at = x + 128L * b;
      var spread = FloatVector.broadcast(FLOATS, f16(block));
      for (int i = 0; i < 16; i += LANES) {
        var both = unsignedBytes(block + 4 + i);
        var low = asFloats(both.and(15)).mul(floats(at + 4L * i));
        var high = asFloats(both.lanewise(VectorOperators.LSHR, 4));
        sum = high.fma(floats(at + 64 + 4L * i), low).fma(spread, sum);
      }
      minima += f16(block + 2) * f32(sums + 4L * b);
    }
    return sum.reduceLanes(VectorOperators.ADD) + minima;
  }

  private static float q4k(long row, int columns, long x, long sums) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    float minima = 0;
    for (int b = 0; b < columns / 256; b++) {
      long block = row + 144L * b;
      long scales = VectorBlocks.sixBitScales(block + 4);
      minima += minima(block, sums + 32L * b);
      float d = f16(block);
      for (int pair = 0; pair < 4; pair++) {
        long at = x + 1024L * b + 256L * pair;
        long codes = block + 16 + 32L * pair;
        var low = FloatVector.zero(FLOATS);
        var high = FloatVector.zero(FLOATS);
        for (int i = 0; i < 32; i += LANES) {
          var both = unsignedBytes(codes + i);
          low = asFloats(both.and(15)).fma(floats(at + 4L * i), low);
          var upper = asFloats(both.lanewise(VectorOperators.LSHR, 4));
          high = upper.fma(floats(at + 128 + 4L * i), high);
        }
        int both = (int) (scales >>> (16 * pair));
        sum0 = low.fma(FloatVector.broadcast(FLOATS, d * (both & 63)), sum0);
        sum1 = high.fma(FloatVector.broadcast(FLOATS, d * (both >>> 8 & 63)), sum1);
      }
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD) - minima;
  }

  /** {@return Σ minimum × Σ x over the eight parts of a super block} */
  private static float minima(long block, long sums) {
    long minima = VectorBlocks.sixBitMinima(block + 4);
    float sum = 0;
    for (int part = 0; part < 8; part++) {
      sum += (minima >>> (8 * part) & 63) * f32(sums + 4L * part);
    }
    return f16(block + 2) * sum;
  }

  private static float q5k(long row, int columns, long x, long sums) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    float minima = 0;
    for (int b = 0; b < columns / 256; b++) {
      long block = row + 176L * b;
      long scales = VectorBlocks.sixBitScales(block + 4);
      minima += minima(block, sums + 32L * b);
      float d = f16(block);
      for (int pair = 0; pair < 4; pair++) {
        long at = x + 1024L * b + 256L * pair;
        long codes = block + 48 + 32L * pair;
        var low = FloatVector.zero(FLOATS);
        var high = FloatVector.zero(FLOATS);
        for (int i = 0; i < 32; i += LANES) {
          var both = unsignedBytes(codes + i);
          var fifth = unsignedBytes(block + 16 + i).lanewise(VectorOperators.LSHR, 2 * pair);
          var bit0 = fifth.and(1).lanewise(VectorOperators.LSHL, 4);
          var bit1 = fifth.and(2).lanewise(VectorOperators.LSHL, 3);
          low = asFloats(both.and(15).or(bit0)).fma(floats(at + 4L * i), low);
          var upper = both.lanewise(VectorOperators.LSHR, 4).or(bit1);
          high = asFloats(upper).fma(floats(at + 128 + 4L * i), high);
        }
        int both = (int) (scales >>> (16 * pair));
        sum0 = low.fma(FloatVector.broadcast(FLOATS, d * (both & 63)), sum0);
        sum1 = high.fma(FloatVector.broadcast(FLOATS, d * (both >>> 8 & 63)), sum1);
      }
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD) - minima;
  }

  private static float q6k(long row, int columns, long x) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    for (int b = 0; b < columns / 256; b++) {
      long block = row + 210L * b;
      float d = f16(block + 208);
      for (int quarter = 0; quarter < 8; quarter++) {
        long at = x + 1024L * b + 128L * quarter;
        var part0 = FloatVector.zero(FLOATS);
        var part1 = FloatVector.zero(FLOATS);
        for (int i = 0; i < 16; i += LANES) {
          var q0 = VectorBlocks.sixBitCodes(block, quarter, i);
          var q1 = VectorBlocks.sixBitCodes(block, quarter, i + 16);
          part0 = asFloats(q0).fma(floats(at + 4L * i), part0);
          part1 = asFloats(q1).fma(floats(at + 64 + 4L * i), part1);
        }
        long scales = block + 192 + 2L * quarter;
        sum0 = part0.fma(FloatVector.broadcast(FLOATS, d * i8(scales)), sum0);
        sum1 = part1.fma(FloatVector.broadcast(FLOATS, d * i8(scales + 1)), sum1);
      }
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD);
  }
}
