package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.i32;
import static io.madeleine.engine.kernel.VectorLoads.BYTES;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.INDEX;
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
 * One row times one token, for the types of five bits in blocks of 32: four bits as in {@link
 * VectorSmallRows}, and the fifth from a word of its own.
 */
final class VectorFiveBitRows {
  private VectorFiveBitRows() {}

  /** Codes 0 to 31, zero point 16; their fifth bits stand together. */
  static float q5(long row, int columns, long x, long scales) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int blocks = columns / 32;
    int b = blocks - blocks % 2;
    long end = row + 22L * b;
    long token = x;
    long scale = scales;
    for (long pair = row; pair != end; pair += 44, token += 256, scale += 8) {
      long block0 = pair;
      long block1 = pair + 22;
      long at = token;
      int fifths0 = i32(block0 + 2);
      int fifths1 = i32(block1 + 2);
      var scale0 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale));
      var scale1 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale + 4));
      for (int i = 0; i != 16; i += LANES) {
        var both0 =
            (IntVector)
                ByteVector.fromMemorySegment(BYTES, ALL, block0 + 6 + i, LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, INTS, 0);
        var both1 =
            (IntVector)
                ByteVector.fromMemorySegment(BYTES, ALL, block1 + 6 + i, LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, INTS, 0);
        var low0 =
            ((FloatVector)
                    both0
                        .and(15)
                        .or(
                            IntVector.broadcast(INTS, fifths0 >>> i)
                                .lanewise(LSHR, INDEX)
                                .lanewise(LSHL, 4)
                                .and(16))
                        .convertShape(I2F, FLOATS, 0))
                .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * i, LITTLE_ENDIAN));
        var low1 =
            ((FloatVector)
                    both1
                        .and(15)
                        .or(
                            IntVector.broadcast(INTS, fifths1 >>> i)
                                .lanewise(LSHR, INDEX)
                                .lanewise(LSHL, 4)
                                .and(16))
                        .convertShape(I2F, FLOATS, 0))
                .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 128 + 4L * i, LITTLE_ENDIAN));
        var high0 =
            (FloatVector)
                both0
                    .lanewise(LSHR, 4)
                    .or(
                        IntVector.broadcast(INTS, fifths0 >>> (16 + i))
                            .lanewise(LSHR, INDEX)
                            .lanewise(LSHL, 4)
                            .and(16))
                    .convertShape(I2F, FLOATS, 0);
        var high1 =
            (FloatVector)
                both1
                    .lanewise(LSHR, 4)
                    .or(
                        IntVector.broadcast(INTS, fifths1 >>> (16 + i))
                            .lanewise(LSHR, INDEX)
                            .lanewise(LSHL, 4)
                            .and(16))
                    .convertShape(I2F, FLOATS, 0);
        sum0 =
            high0
                .fma(
                    FloatVector.fromMemorySegment(FLOATS, ALL, at + 64 + 4L * i, LITTLE_ENDIAN),
                    low0)
                .fma(scale0, sum0);
        sum1 =
            high1
                .fma(
                    FloatVector.fromMemorySegment(FLOATS, ALL, at + 192 + 4L * i, LITTLE_ENDIAN),
                    low1)
                .fma(scale1, sum1);
      }
    }
    if (b < blocks) {
      long block0 = row + 22L * b;
      long at = x + 128L * b;
      int fifths0 = i32(block0 + 2);
      var last = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scales + 4L * b));
      for (int i = 0; i != 16; i += LANES) {
        var both0 =
            (IntVector)
                ByteVector.fromMemorySegment(BYTES, ALL, block0 + 6 + i, LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, INTS, 0);
        var low =
            ((FloatVector)
                    both0
                        .and(15)
                        .or(
                            IntVector.broadcast(INTS, fifths0 >>> i)
                                .lanewise(LSHR, INDEX)
                                .lanewise(LSHL, 4)
                                .and(16))
                        .convertShape(I2F, FLOATS, 0))
                .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * i, LITTLE_ENDIAN));
        var high =
            (FloatVector)
                both0
                    .lanewise(LSHR, 4)
                    .or(
                        IntVector.broadcast(INTS, fifths0 >>> (16 + i))
                            .lanewise(LSHR, INDEX)
                            .lanewise(LSHL, 4)
                            .and(16))
                    .convertShape(I2F, FLOATS, 0);
        sum0 =
            high.fma(
                    FloatVector.fromMemorySegment(FLOATS, ALL, at + 64 + 4L * i, LITTLE_ENDIAN),
                    low)
                .fma(last, sum0);
      }
    }
    return sum0.add(sum1).reduceLanes(ADD);
  }

  /** Codes 0 to 31, and a minimum. */
  static float q51(long row, int columns, long x, long scales) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int blocks = columns / 32;
    int b = blocks - blocks % 2;
    long end = row + 24L * b;
    long token = x;
    long scale = scales;
    for (long pair = row; pair != end; pair += 48, token += 256, scale += 8) {
      long block0 = pair;
      long block1 = pair + 24;
      long at = token;
      int fifths0 = i32(block0 + 4);
      int fifths1 = i32(block1 + 4);
      var scale0 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale));
      var scale1 = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scale + 4));
      for (int i = 0; i != 16; i += LANES) {
        var both0 =
            (IntVector)
                ByteVector.fromMemorySegment(BYTES, ALL, block0 + 8 + i, LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, INTS, 0);
        var both1 =
            (IntVector)
                ByteVector.fromMemorySegment(BYTES, ALL, block1 + 8 + i, LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, INTS, 0);
        var low0 =
            ((FloatVector)
                    both0
                        .and(15)
                        .or(
                            IntVector.broadcast(INTS, fifths0 >>> i)
                                .lanewise(LSHR, INDEX)
                                .lanewise(LSHL, 4)
                                .and(16))
                        .convertShape(I2F, FLOATS, 0))
                .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * i, LITTLE_ENDIAN));
        var low1 =
            ((FloatVector)
                    both1
                        .and(15)
                        .or(
                            IntVector.broadcast(INTS, fifths1 >>> i)
                                .lanewise(LSHR, INDEX)
                                .lanewise(LSHL, 4)
                                .and(16))
                        .convertShape(I2F, FLOATS, 0))
                .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 128 + 4L * i, LITTLE_ENDIAN));
        var high0 =
            (FloatVector)
                both0
                    .lanewise(LSHR, 4)
                    .or(
                        IntVector.broadcast(INTS, fifths0 >>> (16 + i))
                            .lanewise(LSHR, INDEX)
                            .lanewise(LSHL, 4)
                            .and(16))
                    .convertShape(I2F, FLOATS, 0);
        var high1 =
            (FloatVector)
                both1
                    .lanewise(LSHR, 4)
                    .or(
                        IntVector.broadcast(INTS, fifths1 >>> (16 + i))
                            .lanewise(LSHR, INDEX)
                            .lanewise(LSHL, 4)
                            .and(16))
                    .convertShape(I2F, FLOATS, 0);
        sum0 =
            high0
                .fma(
                    FloatVector.fromMemorySegment(FLOATS, ALL, at + 64 + 4L * i, LITTLE_ENDIAN),
                    low0)
                .fma(scale0, sum0);
        sum1 =
            high1
                .fma(
                    FloatVector.fromMemorySegment(FLOATS, ALL, at + 192 + 4L * i, LITTLE_ENDIAN),
                    low1)
                .fma(scale1, sum1);
      }
    }
    if (b < blocks) {
      long block0 = row + 24L * b;
      long at = x + 128L * b;
      int fifths0 = i32(block0 + 4);
      var last = FloatVector.broadcast(FLOATS, ALL.get(JAVA_FLOAT_UNALIGNED, scales + 4L * b));
      for (int i = 0; i != 16; i += LANES) {
        var both0 =
            (IntVector)
                ByteVector.fromMemorySegment(BYTES, ALL, block0 + 8 + i, LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_B2I, INTS, 0);
        var low =
            ((FloatVector)
                    both0
                        .and(15)
                        .or(
                            IntVector.broadcast(INTS, fifths0 >>> i)
                                .lanewise(LSHR, INDEX)
                                .lanewise(LSHL, 4)
                                .and(16))
                        .convertShape(I2F, FLOATS, 0))
                .mul(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * i, LITTLE_ENDIAN));
        var high =
            (FloatVector)
                both0
                    .lanewise(LSHR, 4)
                    .or(
                        IntVector.broadcast(INTS, fifths0 >>> (16 + i))
                            .lanewise(LSHR, INDEX)
                            .lanewise(LSHL, 4)
                            .and(16))
                    .convertShape(I2F, FLOATS, 0);
        sum0 =
            high.fma(
                    FloatVector.fromMemorySegment(FLOATS, ALL, at + 64 + 4L * i, LITTLE_ENDIAN),
                    low)
                .fma(last, sum0);
      }
    }
    return sum0.add(sum1).reduceLanes(ADD);
  }
}
