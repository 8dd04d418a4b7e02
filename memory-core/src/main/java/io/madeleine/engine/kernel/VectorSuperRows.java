package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.VectorLoads.BYTES;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.INTS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * One row times one token, for the types in super blocks of 256. The scales come from {@link
 * RowScales}.
 */
final class VectorSuperRows {
  private VectorSuperRows() {}

  static float q4k(long row, int columns, long x, long scales) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    long end = row + 144L * (columns / 256);
    long token = x;
    long scalesAt = scales;
    for (long block = row; block != end; block += 144, token += 1024, scalesAt += 32) {
      for (int pair = 0; pair < 4; pair++) {
        long at = token + 256L * pair;
        long codes = block + 16 + 32L * pair;
        var low = FloatVector.zero(FLOATS);
        var high = FloatVector.zero(FLOATS);
        for (int i = 0; i != 32; i += LANES) {
          var both =
              (IntVector)
                  ByteVector.fromMemorySegment(BYTES, ALL, codes + i, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0);
          low =
              ((FloatVector) both.and(15).convertShape(I2F, FLOATS, 0))
                  .fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * i, LITTLE_ENDIAN), low);
          high =
              ((FloatVector) both.lanewise(LSHR, 4).convertShape(I2F, FLOATS, 0))
                  .fma(
                      FloatVector.fromMemorySegment(FLOATS, ALL, at + 128 + 4L * i, LITTLE_ENDIAN),
                      high);
        }
        long scale = scalesAt + 8L * pair;
        sum0 = low.fma(FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale)), sum0);
        sum1 =
            high.fma(FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale + 4)), sum1);
      }
    }
    return sum0.add(sum1).reduceLanes(ADD);
  }

  static float q5k(long row, int columns, long x, long scales) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    long end = row + 176L * (columns / 256);
    long token = x;
    long scalesAt = scales;
    for (long block = row; block != end; block += 176, token += 1024, scalesAt += 32) {
      for (int pair = 0; pair < 4; pair++) {
        long at = token + 256L * pair;
        long codes = block + 48 + 32L * pair;
        var low = FloatVector.zero(FLOATS);
        var high = FloatVector.zero(FLOATS);
        for (int i = 0; i != 32; i += LANES) {
          var both =
              (IntVector)
                  ByteVector.fromMemorySegment(BYTES, ALL, codes + i, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0);
          var fifth =
              (IntVector)
                  ByteVector.fromMemorySegment(BYTES, ALL, block + 16 + i, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0)
                      .lanewise(LSHR, 2L * pair);
          low =
              ((FloatVector)
                      both.and(15).or(fifth.lanewise(LSHL, 4).and(16)).convertShape(I2F, FLOATS, 0))
                  .fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * i, LITTLE_ENDIAN), low);
          high =
              ((FloatVector)
                      both.lanewise(LSHR, 4)
                          .or(fifth.lanewise(LSHL, 3).and(16))
                          .convertShape(I2F, FLOATS, 0))
                  .fma(
                      FloatVector.fromMemorySegment(FLOATS, ALL, at + 128 + 4L * i, LITTLE_ENDIAN),
                      high);
        }
        long scale = scalesAt + 8L * pair;
        sum0 = low.fma(FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale)), sum0);
        sum1 =
            high.fma(FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale + 4)), sum1);
      }
    }
    return sum0.add(sum1).reduceLanes(ADD);
  }

  /** Codes 0 to 63, zero point 32, sixteen to a scale; the upper two bits stand apart. */
  static float q6k(long row, int columns, long x, long scales) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    long end = row + 210L * (columns / 256);
    long token = x;
    long scalesAt = scales;
    for (long block = row; block != end; block += 210, token += 1024, scalesAt += 64) {
      for (int half = 0; half < 2; half++) {
        long lower = block + 64L * half;
        long upper = block + 128 + 32L * half;
        for (int i = 0; i != 32; i += LANES) {
          long at = token + 512L * half + 4L * i;
          long scale = scalesAt + 32L * half + 4L * (i >> 4);
          var low =
              (IntVector)
                  ByteVector.fromMemorySegment(BYTES, ALL, lower + i, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0);
          var high =
              (IntVector)
                  ByteVector.fromMemorySegment(BYTES, ALL, lower + 32 + i, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0);
          var bits =
              (IntVector)
                  ByteVector.fromMemorySegment(BYTES, ALL, upper + i, LITTLE_ENDIAN)
                      .convertShape(ZERO_EXTEND_B2I, INTS, 0);
          var q0 = low.and(15).or(bits.lanewise(LSHL, 4).and(48));
          var q1 = high.and(15).or(bits.lanewise(LSHL, 2).and(48));
          var q2 = low.lanewise(LSHR, 4).or(bits.and(48));
          var q3 = high.lanewise(LSHR, 4).or(bits.lanewise(LSHR, 2).and(48));
          var part0 =
              ((FloatVector) q0.convertShape(I2F, FLOATS, 0))
                  .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at, LITTLE_ENDIAN));
          var part1 =
              ((FloatVector) q1.convertShape(I2F, FLOATS, 0))
                  .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 128, LITTLE_ENDIAN));
          var part2 =
              ((FloatVector) q2.convertShape(I2F, FLOATS, 0))
                  .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 256, LITTLE_ENDIAN));
          var part3 =
              ((FloatVector) q3.convertShape(I2F, FLOATS, 0))
                  .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 384, LITTLE_ENDIAN));
          sum0 =
              part0.fma(FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale)), sum0);
          sum1 =
              part1.fma(
                  FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale + 8)), sum1);
          sum0 =
              part2.fma(
                  FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale + 16)), sum0);
          sum1 =
              part3.fma(
                  FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale + 24)), sum1);
        }
      }
    }
    return sum0.add(sum1).reduceLanes(ADD);
  }
}
