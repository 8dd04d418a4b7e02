package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.f16;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.SPECIES_512;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * One row of six-bit codes times one token at 512 bits, by the means of {@link VectorWideRows}: the
 * four lower bits and the two upper ones of a code meet in the fraction of 64 + code.
 */
final class VectorWideSixBits {
  private VectorWideSixBits() {}

  private static final int LOWER = 0x1E0000;
  private static final int UPPER = 0x600000;
  private static final int FROM_64 = 0x42800000;

  private static final VectorShuffle<Float> SCALES_0 = fours(0);
  private static final VectorShuffle<Float> SCALES_4 = fours(4);
  private static final VectorShuffle<Float> SCALES_8 = fours(8);
  private static final VectorShuffle<Float> SCALES_12 = fours(12);
  private static final VectorShuffle<Integer> FIRST =
      VectorShuffle.fromOp(IntVector.SPECIES_512, lane -> lane % 8);
  private static final VectorShuffle<Integer> SECOND =
      VectorShuffle.fromOp(IntVector.SPECIES_512, lane -> 8 + lane % 8);
  private static final IntVector TWO_IN_UPPER_LANES =
      IntVector.zero(IntVector.SPECIES_512)
          .blend(2, VectorMask.fromLong(IntVector.SPECIES_512, 0xFF00));

  private static VectorShuffle<Float> fours(int first) {
    return VectorShuffle.fromOp(SPECIES_512, lane -> first + lane / 4);
  }

  /** Super blocks of 256 codes: 128 bytes of lower bits, 64 of upper ones, sixteen scales. */
  static float q6k(long row, int columns, long token, long sums) {
    var sum0 = FloatVector.zero(SPECIES_512);
    var sum1 = FloatVector.zero(SPECIES_512);
    var rest = FloatVector.zero(SPECIES_512);
    long end = row + 210L * (columns / 256);
    long at = token;
    long sumsAt = sums;
    for (long block = row; block != end; block += 210, at += 1024, sumsAt += 64) {
      var scale =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, block + 192, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .mul(f16(block + 208));
      rest =
          scale.fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, sumsAt, LITTLE_ENDIAN), rest);
      var upper =
          IntVector.fromMemorySegment(IntVector.SPECIES_512, ALL, block + 128, LITTLE_ENDIAN);
      var codes0 = IntVector.fromMemorySegment(IntVector.SPECIES_512, ALL, block, LITTLE_ENDIAN);
      var bits0 = upper.rearrange(FIRST).lanewise(LSHR, TWO_IN_UPPER_LANES);
      var low0 =
          codes0
              .lanewise(LSHL, 17)
              .and(LOWER)
              .or(FROM_64)
              .or(bits0.lanewise(LSHL, 21).and(UPPER))
              .reinterpretAsFloats()
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at, LITTLE_ENDIAN));
      var high0 =
          codes0
              .lanewise(LSHL, 13)
              .and(LOWER)
              .or(FROM_64)
              .or(bits0.lanewise(LSHL, 17).and(UPPER))
              .reinterpretAsFloats()
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 64, LITTLE_ENDIAN));
      low0 =
          codes0
              .lanewise(LSHL, 9)
              .and(LOWER)
              .or(FROM_64)
              .or(bits0.lanewise(LSHL, 13).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 128, LITTLE_ENDIAN), low0);
      high0 =
          codes0
              .lanewise(LSHL, 5)
              .and(LOWER)
              .or(FROM_64)
              .or(bits0.lanewise(LSHL, 9).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 192, LITTLE_ENDIAN), high0);
      low0 =
          codes0
              .lanewise(LSHL, 1)
              .and(LOWER)
              .or(FROM_64)
              .or(bits0.lanewise(LSHL, 5).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 256, LITTLE_ENDIAN), low0);
      high0 =
          codes0
              .lanewise(LSHR, 3)
              .and(LOWER)
              .or(FROM_64)
              .or(bits0.lanewise(LSHL, 1).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 320, LITTLE_ENDIAN), high0);
      low0 =
          codes0
              .lanewise(LSHR, 7)
              .and(LOWER)
              .or(FROM_64)
              .or(bits0.lanewise(LSHR, 3).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 384, LITTLE_ENDIAN), low0);
      high0 =
          codes0
              .lanewise(LSHR, 11)
              .and(LOWER)
              .or(FROM_64)
              .or(bits0.lanewise(LSHR, 7).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 448, LITTLE_ENDIAN), high0);
      sum0 = low0.fma(scale.rearrange(SCALES_0), sum0);
      sum1 = high0.fma(scale.rearrange(SCALES_4), sum1);
      var codes1 =
          IntVector.fromMemorySegment(IntVector.SPECIES_512, ALL, block + 64, LITTLE_ENDIAN);
      var bits1 = upper.rearrange(SECOND).lanewise(LSHR, TWO_IN_UPPER_LANES);
      var low1 =
          codes1
              .lanewise(LSHL, 17)
              .and(LOWER)
              .or(FROM_64)
              .or(bits1.lanewise(LSHL, 21).and(UPPER))
              .reinterpretAsFloats()
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 512, LITTLE_ENDIAN));
      var high1 =
          codes1
              .lanewise(LSHL, 13)
              .and(LOWER)
              .or(FROM_64)
              .or(bits1.lanewise(LSHL, 17).and(UPPER))
              .reinterpretAsFloats()
              .mul(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 576, LITTLE_ENDIAN));
      low1 =
          codes1
              .lanewise(LSHL, 9)
              .and(LOWER)
              .or(FROM_64)
              .or(bits1.lanewise(LSHL, 13).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 640, LITTLE_ENDIAN), low1);
      high1 =
          codes1
              .lanewise(LSHL, 5)
              .and(LOWER)
              .or(FROM_64)
              .or(bits1.lanewise(LSHL, 9).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 704, LITTLE_ENDIAN), high1);
      low1 =
          codes1
              .lanewise(LSHL, 1)
              .and(LOWER)
              .or(FROM_64)
              .or(bits1.lanewise(LSHL, 5).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 768, LITTLE_ENDIAN), low1);
      high1 =
          codes1
              .lanewise(LSHR, 3)
              .and(LOWER)
              .or(FROM_64)
              .or(bits1.lanewise(LSHL, 1).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 832, LITTLE_ENDIAN), high1);
      low1 =
          codes1
              .lanewise(LSHR, 7)
              .and(LOWER)
              .or(FROM_64)
              .or(bits1.lanewise(LSHR, 3).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 896, LITTLE_ENDIAN), low1);
      high1 =
          codes1
              .lanewise(LSHR, 11)
              .and(LOWER)
              .or(FROM_64)
              .or(bits1.lanewise(LSHR, 7).and(UPPER))
              .reinterpretAsFloats()
              .fma(FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 960, LITTLE_ENDIAN), high1);
      sum0 = low1.fma(scale.rearrange(SCALES_8), sum0);
      sum1 = high1.fma(scale.rearrange(SCALES_12), sum1);
    }
    return sum0.add(sum1).add(rest).reduceLanes(ADD);
  }
}
