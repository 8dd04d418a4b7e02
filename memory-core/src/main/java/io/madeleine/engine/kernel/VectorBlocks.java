package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.f16;
import static io.madeleine.engine.kernel.Memory.i32;
import static io.madeleine.engine.kernel.VectorLoads.BYTES;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.INDEX;
import static io.madeleine.engine.kernel.VectorLoads.INTS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static io.madeleine.engine.kernel.VectorLoads.bfloats;
import static io.madeleine.engine.kernel.VectorLoads.halves;
import static io.madeleine.engine.kernel.VectorLoads.signedBytes;
import static io.madeleine.engine.kernel.VectorLoads.store;
import static io.madeleine.engine.kernel.VectorLoads.unsignedBytes;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import io.madeleine.engine.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Decodes quantised blocks to floats, a vector at a time.
 *
 * <p>Loops go from one block's address to the next until they meet the end, here and in all row
 * kernels. Where an address is an affine function of a counter that is compared by {@code <}, the
 * compiler rewrites each access check for long ranges and computes it anew in every turn, some
 * thirty instructions for each load (measured: docs/measurements/engine-kernels.md).
 */
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
    long end = source + 34L * (count / 32);
    long at = target;
    for (long block = source; block != end; block += 34, at += 128) {
      float scale = f16(block);
      for (int i = 0; i != 32; i += LANES) {
        (LANES == 4
                ? signedBytes(block + 2 + i)
                : (FloatVector)
                    ByteVector.fromMemorySegment(BYTES, ALL, block + 2 + i, LITTLE_ENDIAN)
                        .convertShape(B2F, FLOATS, 0))
            .mul(scale)
            .intoMemorySegment(ALL, at + 4L * i, LITTLE_ENDIAN);
      }
    }
  }

  private static void q4(long source, int count, long target) {
    long end = source + 18L * (count / 32);
    long at = target;
    for (long block = source; block != end; block += 18, at += 128) {
      float scale = f16(block);
      for (int i = 0; i != 16; i += LANES) {
        var both =
            (LANES == 4
                ? unsignedBytes(block + 2 + i)
                : (IntVector)
                    ByteVector.fromMemorySegment(BYTES, ALL, block + 2 + i, LITTLE_ENDIAN)
                        .convertShape(ZERO_EXTEND_B2I, INTS, 0));
        long to = at + 4L * i;
        ((FloatVector) both.and(15).sub(8).convertShape(I2F, FLOATS, 0))
            .mul(scale)
            .intoMemorySegment(ALL, to, LITTLE_ENDIAN);
        ((FloatVector) both.lanewise(VectorOperators.LSHR, 4).sub(8).convertShape(I2F, FLOATS, 0))
            .mul(scale)
            .intoMemorySegment(ALL, to + 64, LITTLE_ENDIAN);
      }
    }
  }

  private static void q41(long source, int count, long target) {
    long end = source + 20L * (count / 32);
    long at = target;
    for (long block = source; block != end; block += 20, at += 128) {
      float scale = f16(block);
      float minimum = f16(block + 2);
      for (int i = 0; i != 16; i += LANES) {
        var both =
            (LANES == 4
                ? unsignedBytes(block + 4 + i)
                : (IntVector)
                    ByteVector.fromMemorySegment(BYTES, ALL, block + 4 + i, LITTLE_ENDIAN)
                        .convertShape(ZERO_EXTEND_B2I, INTS, 0));
        long to = at + 4L * i;
        ((FloatVector) both.and(15).convertShape(I2F, FLOATS, 0))
            .mul(scale)
            .add(minimum)
            .intoMemorySegment(ALL, to, LITTLE_ENDIAN);
        ((FloatVector) both.lanewise(VectorOperators.LSHR, 4).convertShape(I2F, FLOATS, 0))
            .mul(scale)
            .add(minimum)
            .intoMemorySegment(ALL, to + 64, LITTLE_ENDIAN);
      }
    }
  }

  /** Both types of five bits: with a zero point of 16, or with a minimum after the scale. */
  private static void q5(long source, int count, long target, int bytes, int fifthBits) {
    long end = source + (long) bytes * (count / 32);
    long at = target;
    for (long block = source; block != end; block += bytes, at += 128) {
      float scale = f16(block);
      float minimum = fifthBits == 4 ? f16(block + 2) : -16 * scale;
      int bits = i32(block + fifthBits);
      for (int i = 0; i != 16; i += LANES) {
        var both =
            (LANES == 4
                ? unsignedBytes(block + fifthBits + 4 + i)
                : (IntVector)
                    ByteVector.fromMemorySegment(
                            BYTES, ALL, block + fifthBits + 4 + i, LITTLE_ENDIAN)
                        .convertShape(ZERO_EXTEND_B2I, INTS, 0));
        var low =
            both.and(15)
                .or(
                    IntVector.broadcast(INTS, bits >>> i)
                        .lanewise(VectorOperators.LSHR, INDEX)
                        .lanewise(VectorOperators.LSHL, 4)
                        .and(16));
        var high =
            both.lanewise(VectorOperators.LSHR, 4)
                .or(
                    IntVector.broadcast(INTS, bits >>> (16 + i))
                        .lanewise(VectorOperators.LSHR, INDEX)
                        .lanewise(VectorOperators.LSHL, 4)
                        .and(16));
        long to = at + 4L * i;
        ((FloatVector) low.convertShape(I2F, FLOATS, 0))
            .mul(scale)
            .add(minimum)
            .intoMemorySegment(ALL, to, LITTLE_ENDIAN);
        ((FloatVector) high.convertShape(I2F, FLOATS, 0))
            .mul(scale)
            .add(minimum)
            .intoMemorySegment(ALL, to + 64, LITTLE_ENDIAN);
      }
    }
  }

  private static void q4k(long source, int count, long target) {
    long end = source + 144L * (count / 256);
    long at = target;
    for (long block = source; block != end; block += 144, at += 1024) {
      float d = f16(block);
      float m = f16(block + 2);
      long scales = sixBitScales(block + 4);
      long minima = sixBitMinima(block + 4);
      long to = at;
      for (long codes = block + 16; codes != block + 144; codes += 32, to += 256) {
        float scale0 = d * (scales & 63);
        float scale1 = d * (scales >>> 8 & 63);
        float minimum0 = m * (minima & 63);
        float minimum1 = m * (minima >>> 8 & 63);
        scales >>>= 16;
        minima >>>= 16;
        for (int i = 0; i != 32; i += LANES) {
          var both =
              (LANES == 4
                  ? unsignedBytes(codes + i)
                  : (IntVector)
                      ByteVector.fromMemorySegment(BYTES, ALL, codes + i, LITTLE_ENDIAN)
                          .convertShape(ZERO_EXTEND_B2I, INTS, 0));
          var upper = both.lanewise(VectorOperators.LSHR, 4);
          ((FloatVector) both.and(15).convertShape(I2F, FLOATS, 0))
              .mul(scale0)
              .sub(minimum0)
              .intoMemorySegment(ALL, to + 4L * i, LITTLE_ENDIAN);
          ((FloatVector) upper.convertShape(I2F, FLOATS, 0))
              .mul(scale1)
              .sub(minimum1)
              .intoMemorySegment(ALL, to + 128 + 4L * i, LITTLE_ENDIAN);
        }
      }
    }
  }

  private static void q5k(long source, int count, long target) {
    long end = source + 176L * (count / 256);
    long at = target;
    for (long block = source; block != end; block += 176, at += 1024) {
      float d = f16(block);
      float m = f16(block + 2);
      long scales = sixBitScales(block + 4);
      long minima = sixBitMinima(block + 4);
      long to = at;
      int shift = 0;
      for (long codes = block + 48; codes != block + 176; codes += 32, to += 256) {
        float scale0 = d * (scales & 63);
        float scale1 = d * (scales >>> 8 & 63);
        float minimum0 = m * (minima & 63);
        float minimum1 = m * (minima >>> 8 & 63);
        scales >>>= 16;
        minima >>>= 16;
        for (int i = 0; i != 32; i += LANES) {
          var both =
              (LANES == 4
                  ? unsignedBytes(codes + i)
                  : (IntVector)
                      ByteVector.fromMemorySegment(BYTES, ALL, codes + i, LITTLE_ENDIAN)
                          .convertShape(ZERO_EXTEND_B2I, INTS, 0));
          var fifth =
              (LANES == 4
                      ? unsignedBytes(block + 16 + i)
                      : (IntVector)
                          ByteVector.fromMemorySegment(BYTES, ALL, block + 16 + i, LITTLE_ENDIAN)
                              .convertShape(ZERO_EXTEND_B2I, INTS, 0))
                  .lanewise(VectorOperators.LSHR, shift);
          var low = both.and(15).or(fifth.and(1).lanewise(VectorOperators.LSHL, 4));
          var bit1 = fifth.and(2).lanewise(VectorOperators.LSHL, 3);
          var high = both.lanewise(VectorOperators.LSHR, 4).or(bit1);
          ((FloatVector) low.convertShape(I2F, FLOATS, 0))
              .mul(scale0)
              .sub(minimum0)
              .intoMemorySegment(ALL, to + 4L * i, LITTLE_ENDIAN);
          ((FloatVector) high.convertShape(I2F, FLOATS, 0))
              .mul(scale1)
              .sub(minimum1)
              .intoMemorySegment(ALL, to + 128 + 4L * i, LITTLE_ENDIAN);
        }
        shift += 2;
      }
    }
  }

  private static void q6k(long source, int count, long target) {
    long end = source + 210L * (count / 256);
    long at = target;
    for (long block = source; block != end; block += 210, at += 1024) {
      sixBits(block, 0, at);
      sixBits(block, 1, at + 512);
    }
  }

  private static void sixBits(long block, int half, long target) {
    float d = f16(block + 208);
    for (int i = 0; i != 32; i += LANES) {
      long scales = block + 192 + 8L * half + (i >> 4);
      float scale0 = d * ALL.get(JAVA_BYTE, scales);
      float scale1 = d * ALL.get(JAVA_BYTE, scales + 2);
      float scale2 = d * ALL.get(JAVA_BYTE, scales + 4);
      float scale3 = d * ALL.get(JAVA_BYTE, scales + 6);
      long to = target + 4L * i;
      var low =
          (LANES == 4
              ? unsignedBytes(block + 64L * half + i)
              : (IntVector)
                  ByteVector.fromMemorySegment(BYTES, ALL, block + 64L * half + i, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0));
      var high =
          (LANES == 4
              ? unsignedBytes(block + 64L * half + 32 + i)
              : (IntVector)
                  ByteVector.fromMemorySegment(
                          BYTES, ALL, block + 64L * half + 32 + i, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0));
      var bits =
          (LANES == 4
              ? unsignedBytes(block + 128 + 32L * half + i)
              : (IntVector)
                  ByteVector.fromMemorySegment(
                          BYTES, ALL, block + 128 + 32L * half + i, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0));
      var q0 = low.and(15).or(bits.lanewise(VectorOperators.LSHL, 4).and(48));
      var q1 = high.and(15).or(bits.lanewise(VectorOperators.LSHL, 2).and(48));
      var q2 = low.lanewise(VectorOperators.LSHR, 4).or(bits.and(48));
      var upper = bits.lanewise(VectorOperators.LSHR, 2).and(48);
      var q3 = high.lanewise(VectorOperators.LSHR, 4).or(upper);
      ((FloatVector) q0.sub(32).convertShape(I2F, FLOATS, 0))
          .mul(scale0)
          .intoMemorySegment(ALL, to, LITTLE_ENDIAN);
      ((FloatVector) q1.sub(32).convertShape(I2F, FLOATS, 0))
          .mul(scale1)
          .intoMemorySegment(ALL, to + 128, LITTLE_ENDIAN);
      ((FloatVector) q2.sub(32).convertShape(I2F, FLOATS, 0))
          .mul(scale2)
          .intoMemorySegment(ALL, to + 256, LITTLE_ENDIAN);
      ((FloatVector) q3.sub(32).convertShape(I2F, FLOATS, 0))
          .mul(scale3)
          .intoMemorySegment(ALL, to + 384, LITTLE_ENDIAN);
    }
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
