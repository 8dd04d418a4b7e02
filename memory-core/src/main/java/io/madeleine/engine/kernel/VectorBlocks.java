package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.f16;
import static io.madeleine.engine.kernel.Memory.i32;
import static io.madeleine.engine.kernel.Memory.i8;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static io.madeleine.engine.kernel.VectorLoads.asFloats;
import static io.madeleine.engine.kernel.VectorLoads.bfloats;
import static io.madeleine.engine.kernel.VectorLoads.halves;
import static io.madeleine.engine.kernel.VectorLoads.signedBytes;
import static io.madeleine.engine.kernel.VectorLoads.store;
import static io.madeleine.engine.kernel.VectorLoads.unsignedBytes;

import io.madeleine.engine.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Decodes quantised blocks to floats, a vector at a time. */
final class VectorBlocks {
  private VectorBlocks() {}

  /** Decodes. {@return how many of the elements; the scalar twin does the rest} */
  static int dequantise(ElementType type, long source, int count, long target) {
    int whole = type.blockSize() == 1 ? count - count % LANES : count;
    switch (type) {
      case F32 -> MemorySegment.copy(ALL, source, ALL, target, 4L * whole);
      case F16 -> f16s(source, whole, target);
      case BF16 -> bf16s(source, whole, target);
      case Q8_0 -> q8(source, count, target);
      case Q4_0 -> q4(source, count, target);
      case Q4_1 -> q41(source, count, target);
      case Q4_K -> q4k(source, count, target);
      case Q5_K -> q5k(source, count, target);
      case Q6_K -> q6k(source, count, target);
      case Q5_0 -> q5(source, count, target, 22, 2);
      case Q5_1 -> q5(source, count, target, 24, 4);
    }
    return whole;
  }

  // Each type has a method of its own: one with all loops has too many nodes for the compiler to
  // inline every vector operation, and what it does not inline, it boxes.

  private static void f16s(long source, int count, long target) {
    for (int i = 0; i < count; i += LANES) {
      store(halves(source + 2L * i), target + 4L * i);
    }
  }

  private static void bf16s(long source, int count, long target) {
    for (int i = 0; i < count; i += LANES) {
      store(bfloats(source + 2L * i), target + 4L * i);
    }
  }

  private static void q8(long source, int count, long target) {
    for (int b = 0; b < count / 32; b++) {
      long block = source + 34L * b;
      float scale = f16(block);
      for (int i = 0; i < 32; i += LANES) {
        store(signedBytes(block + 2 + i).mul(scale), target + 4L * (32 * b + i));
      }
    }
  }

  private static void q4(long source, int count, long target) {
    for (int b = 0; b < count / 32; b++) {
      long block = source + 18L * b;
      float scale = f16(block);
      for (int i = 0; i < 16; i += LANES) {
        var both = unsignedBytes(block + 2 + i);
        long to = target + 4L * (32 * b + i);
        store(asFloats(both.and(15).sub(8)).mul(scale), to);
        store(asFloats(both.lanewise(VectorOperators.LSHR, 4).sub(8)).mul(scale), to + 64);
      }
    }
  }

  private static void q41(long source, int count, long target) {
    for (int b = 0; b < count / 32; b++) {
      long block = source + 20L * b;
      float scale = f16(block);
      float minimum = f16(block + 2);
      for (int i = 0; i < 16; i += LANES) {
        var both = unsignedBytes(block + 4 + i);
        long to = target + 4L * (32 * b + i);
        store(asFloats(both.and(15)).mul(scale).add(minimum), to);
        store(asFloats(both.lanewise(VectorOperators.LSHR, 4)).mul(scale).add(minimum), to + 64);
      }
    }
  }

  /** Both types of five bits: with a zero point of 16, or with a minimum after the scale. */
  private static void q5(long source, int count, long target, int bytes, int fifthBits) {
    for (int b = 0; b < count / 32; b++) {
      long block = source + (long) bytes * b;
      float scale = f16(block);
      float minimum = fifthBits == 4 ? f16(block + 2) : -16 * scale;
      int bits = i32(block + fifthBits);
      for (int i = 0; i < 16; i += LANES) {
        var both = unsignedBytes(block + fifthBits + 4 + i);
        var low = both.and(15).or(bit(bits >>> i));
        var high = both.lanewise(VectorOperators.LSHR, 4).or(bit(bits >>> (16 + i)));
        long to = target + 4L * (32 * b + i);
        store(asFloats(low).mul(scale).add(minimum), to);
        store(asFloats(high).mul(scale).add(minimum), to + 64);
      }
    }
  }

  /** Lane i gets bit i, as 16 or 0. */
  static IntVector bit(int bits) {
    return IntVector.broadcast(VectorLoads.INTS, bits)
        .lanewise(VectorOperators.LSHR, VectorLoads.INDEX)
        .and(1)
        .lanewise(VectorOperators.LSHL, 4);
  }

  private static void q4k(long source, int count, long target) {
    for (int b = 0; b < count / 256; b++) {
      long block = source + 144L * b;
      float d = f16(block);
      float m = f16(block + 2);
      long scales = sixBitScales(block + 4);
      long minima = sixBitMinima(block + 4);
      for (int pair = 0; pair < 4; pair++) {
        float scale0 = d * (scales >>> (16 * pair) & 63);
        float scale1 = d * (scales >>> (16 * pair + 8) & 63);
        float minimum0 = m * (minima >>> (16 * pair) & 63);
        float minimum1 = m * (minima >>> (16 * pair + 8) & 63);
        long to = target + 4L * (256 * b + 64 * pair);
        for (int i = 0; i < 32; i += LANES) {
          var both = unsignedBytes(block + 16 + 32L * pair + i);
          var upper = both.lanewise(VectorOperators.LSHR, 4);
          store(asFloats(both.and(15)).mul(scale0).sub(minimum0), to + 4L * i);
          store(asFloats(upper).mul(scale1).sub(minimum1), to + 128 + 4L * i);
        }
      }
    }
  }

  private static void q5k(long source, int count, long target) {
    for (int b = 0; b < count / 256; b++) {
      long block = source + 176L * b;
      float d = f16(block);
      float m = f16(block + 2);
      long scales = sixBitScales(block + 4);
      long minima = sixBitMinima(block + 4);
      for (int pair = 0; pair < 4; pair++) {
        float scale0 = d * (scales >>> (16 * pair) & 63);
        float scale1 = d * (scales >>> (16 * pair + 8) & 63);
        float minimum0 = m * (minima >>> (16 * pair) & 63);
        float minimum1 = m * (minima >>> (16 * pair + 8) & 63);
        long to = target + 4L * (256 * b + 64 * pair);
        for (int i = 0; i < 32; i += LANES) {
          var both = unsignedBytes(block + 48 + 32L * pair + i);
          var fifth = unsignedBytes(block + 16 + i).lanewise(VectorOperators.LSHR, 2 * pair);
          var low = both.and(15).or(fifth.and(1).lanewise(VectorOperators.LSHL, 4));
          var bit1 = fifth.and(2).lanewise(VectorOperators.LSHL, 3);
          var high = both.lanewise(VectorOperators.LSHR, 4).or(bit1);
          store(asFloats(low).mul(scale0).sub(minimum0), to + 4L * i);
          store(asFloats(high).mul(scale1).sub(minimum1), to + 128 + 4L * i);
        }
      }
    }
  }

  private static void q6k(long source, int count, long target) {
    for (int b = 0; b < count / 256; b++) {
      long block = source + 210L * b;
      float d = f16(block + 208);
      for (int quarter = 0; quarter < 8; quarter++) {
        long scales = block + 192 + 2L * quarter;
        float scale0 = d * i8(scales);
        float scale1 = d * i8(scales + 1);
        long to = target + 4L * (256 * b + 32 * quarter);
        for (int i = 0; i < 16; i += LANES) {
          store(asFloats(sixBitCodes(block, quarter, i)).mul(scale0), to + 4L * i);
          store(asFloats(sixBitCodes(block, quarter, i + 16)).mul(scale1), to + 64 + 4L * i);
        }
      }
    }
  }

  /** {@return codes i and following of the 32 of one of the eight quarters of a Q6_K block} */
  static IntVector sixBitCodes(long block, int quarter, int i) {
    int half = quarter >> 2;
    long lowAt = block + 64L * half + 32L * (quarter & 1) + i;
    long upperAt = block + 128 + 32L * half + i;
    var low = unsignedBytes(lowAt).lanewise(VectorOperators.LSHR, (quarter & 2) << 1);
    var upper = unsignedBytes(upperAt).lanewise(VectorOperators.LSHR, (quarter & 3) << 1);
    return low.and(15).or(upper.and(3).lanewise(VectorOperators.LSHL, 4)).sub(32);
  }

  /** {@return the eight scales in the 12 bytes of a super block, one in each byte} */
  static long sixBitScales(long bytes) {
    int first = i32(bytes);
    int low = first & 0x3F3F3F3F;
    int high = (i32(bytes + 8) & 0x0F0F0F0F) | ((first >>> 6) & 0x03030303) << 4;
    return ((long) high << 32) | low;
  }

  /** See {@link #sixBitScales}. */
  static long sixBitMinima(long bytes) {
    int second = i32(bytes + 4);
    int low = second & 0x3F3F3F3F;
    int high = ((i32(bytes + 8) >>> 4) & 0x0F0F0F0F) | ((second >>> 6) & 0x03030303) << 4;
    return ((long) high << 32) | low;
  }
}
