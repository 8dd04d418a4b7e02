package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.f16;
import static io.madeleine.engine.kernel.Memory.i32;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.SPECIES_512;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * One row times one token at 512 bits, for the types of eight and four bits. {@link WideTokens} has
 * laid the token out as these loops meet it.
 *
 * <p>A code is not converted: it is moved into the fraction of a float whose exponent makes one
 * step of the code worth 1, so that 256 + code or 16 + code stand there after one shift and one
 * mask. The token's sums, made once for all rows, take the 256 and the 16 out again.
 */
final class VectorWideRows {
  private VectorWideRows() {}

  private static final int LOW = 0x78000;
  private static final int HIGH = 0x780000;
  private static final int FROM_256 = 0x43800000;
  private static final int FROM_16 = 0x41800000;

  private static final VectorMask<Float> MINIMA = VectorMask.fromLong(SPECIES_512, 0xFF00);
  private static final VectorShuffle<Float> SCALES_0_2 = halves(0, 2);
  private static final VectorShuffle<Float> SCALES_1_3 = halves(1, 3);
  private static final VectorShuffle<Float> SCALES_4_6 = halves(4, 6);
  private static final VectorShuffle<Float> SCALES_5_7 = halves(5, 7);

  private static VectorShuffle<Float> halves(int first, int second) {
    return VectorShuffle.fromOp(SPECIES_512, lane -> lane < 8 ? first : second);
  }

  /** Blocks of 32 codes of eight bits, two at a time: a multiple of 64 columns. */
  static float q8(long row, int columns, long x) {
    var sum0 = FloatVector.zero(SPECIES_512);
    var sum1 = FloatVector.zero(SPECIES_512);
    long end = row + 68L * (columns / 64);
    long at = x;
    for (long block = row; block != end; block += 68, at += 256) {
      var part0 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, block + 2, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at, LITTLE_ENDIAN));
      var part1 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, block + 36, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 128, LITTLE_ENDIAN));
      part0 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, block + 18, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 64, LITTLE_ENDIAN), part0);
      part1 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, block + 52, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 192, LITTLE_ENDIAN), part1);
      sum0 =
          part0.fma(
              IntVector.broadcast(IntVector.SPECIES_512, scaleBits(block)).reinterpretAsFloats(),
              sum0);
      sum1 =
          part1.fma(
              IntVector.broadcast(IntVector.SPECIES_512, scaleBits(block + 34))
                  .reinterpretAsFloats(),
              sum1);
    }
    return sum0.add(sum1).reduceLanes(ADD);
  }

  /** Blocks of 32 codes of four bits, two at a time: a multiple of 64 columns. */
  static float q4(long row, int columns, long token) {
    var sum0 = FloatVector.zero(SPECIES_512);
    var sum1 = FloatVector.zero(SPECIES_512);
    long end = row + 36L * (columns / 64);
    long at = token;
    for (long block = row; block != end; block += 36, at += 384) {
      var codes0 =
          ((IntVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, block + 2, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, IntVector.SPECIES_512, 0))
              .lanewise(LSHL, 15);
      var codes1 =
          ((IntVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, block + 20, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, IntVector.SPECIES_512, 0))
              .lanewise(LSHL, 15);
      var part0 =
          codes0
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .fma(
                  FloatVector.fromMemorySegment(SPECIES_512, ALL, at, LITTLE_ENDIAN),
                  FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 128, LITTLE_ENDIAN));
      var part1 =
          codes1
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .fma(
                  FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 192, LITTLE_ENDIAN),
                  FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 320, LITTLE_ENDIAN));
      part0 =
          codes0
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 64, LITTLE_ENDIAN), part0);
      part1 =
          codes1
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 256, LITTLE_ENDIAN), part1);
      sum0 =
          part0.fma(
              IntVector.broadcast(IntVector.SPECIES_512, scaleBits(block)).reinterpretAsFloats(),
              sum0);
      sum1 =
          part1.fma(
              IntVector.broadcast(IntVector.SPECIES_512, scaleBits(block + 18))
                  .reinterpretAsFloats(),
              sum1);
    }
    return sum0.add(sum1).reduceLanes(ADD);
  }

  /**
   * The bits of an f16 scale as f32, by integer arithmetic: the vector units have enough to do. Not
   * for infinities.
   */
  static int scaleBits(long address) {
    int half = Memory.i16(address);
    int magnitude = half & 0x7FFF;
    if (magnitude < 0x400) {
      return Float.floatToRawIntBits(Float.float16ToFloat((short) half));
    }
    return ((half << 16) & 0x80000000) | ((magnitude << 13) + 0x38000000);
  }

  /**
   * Super blocks of 256 codes of four bits. 64 bytes of codes are loaded as sixteen ints, of which
   * each holds eight codes; each half of the vector has a scale of its own.
   */
  static float q4k(long row, int columns, long token, long sums) {
    var sum0 = FloatVector.zero(SPECIES_512);
    var sum1 = FloatVector.zero(SPECIES_512);
    var rest = FloatVector.zero(SPECIES_512);
    long end = row + 144L * (columns / 256);
    long at = token;
    long sumsAt = sums;
    for (long block = row; block != end; block += 144, at += 1024, sumsAt += 64) {
      // The first eight six-bit numbers and the minima's, as in ggml's layout of twelve bytes.
      long first = ALL.get(JAVA_LONG_UNALIGNED, block + 4);
      int second = (int) (first >>> 32);
      int third = i32(block + 12);
      long scales =
          (first & 0x3F3F3F3FL)
              | (((third & 0x0F0F0F0FL) | (((int) first >>> 2) & 0x30303030L)) << 32);
      long minima =
          (second & 0x3F3F3F3FL)
              | ((((third >>> 4) & 0x0F0F0F0FL) | ((second >>> 2) & 0x30303030L)) << 32);
      var numbers =
          (IntVector)
              LongVector.broadcast(LongVector.SPECIES_128, scales)
                  .withLane(1, minima)
                  .reinterpretAsBytes()
                  .convertShape(ZERO_EXTEND_B2I, IntVector.SPECIES_512, 0);
      var scale =
          ((FloatVector) numbers.convertShape(I2F, SPECIES_512, 0))
              .mul(FloatVector.broadcast(SPECIES_512, f16(block)).blend(f16(block + 2), MINIMA));
      rest =
          scale.fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, sumsAt, LITTLE_ENDIAN), rest);
      var codes0 =
          IntVector.fromMemorySegment(IntVector.SPECIES_512, ALL, block + 16, LITTLE_ENDIAN);
      var pair0 = codes0.lanewise(LSHL, 15);
      var low0 =
          pair0
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at, LITTLE_ENDIAN));
      var high0 =
          pair0
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 64, LITTLE_ENDIAN));
      var pair1 = codes0.lanewise(LSHL, 7);
      low0 =
          pair1
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 128, LITTLE_ENDIAN), low0);
      high0 =
          pair1
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 192, LITTLE_ENDIAN), high0);
      var pair2 = codes0.lanewise(LSHR, 1);
      low0 =
          pair2
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 256, LITTLE_ENDIAN), low0);
      high0 =
          pair2
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 320, LITTLE_ENDIAN), high0);
      var pair3 = codes0.lanewise(LSHR, 9);
      low0 =
          pair3
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 384, LITTLE_ENDIAN), low0);
      high0 =
          pair3
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 448, LITTLE_ENDIAN), high0);
      sum0 = low0.fma(scale.rearrange(SCALES_0_2), sum0);
      sum1 = high0.fma(scale.rearrange(SCALES_1_3), sum1);
      var codes1 =
          IntVector.fromMemorySegment(IntVector.SPECIES_512, ALL, block + 80, LITTLE_ENDIAN);
      var pair4 = codes1.lanewise(LSHL, 15);
      var low1 =
          pair4
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 512, LITTLE_ENDIAN));
      var high1 =
          pair4
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 576, LITTLE_ENDIAN));
      var pair5 = codes1.lanewise(LSHL, 7);
      low1 =
          pair5
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 640, LITTLE_ENDIAN), low1);
      high1 =
          pair5
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 704, LITTLE_ENDIAN), high1);
      var pair6 = codes1.lanewise(LSHR, 1);
      low1 =
          pair6
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 768, LITTLE_ENDIAN), low1);
      high1 =
          pair6
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 832, LITTLE_ENDIAN), high1);
      var pair7 = codes1.lanewise(LSHR, 9);
      low1 =
          pair7
              .and(LOW)
              .or(FROM_256)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 896, LITTLE_ENDIAN), low1);
      high1 =
          pair7
              .and(HIGH)
              .or(FROM_16)
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 960, LITTLE_ENDIAN), high1);
      sum0 = low1.fma(scale.rearrange(SCALES_4_6), sum0);
      sum1 = high1.fma(scale.rearrange(SCALES_5_7), sum1);
    }
    return sum0.add(sum1).add(rest).reduceLanes(ADD);
  }
}
