package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.f32;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.SPECIES_512;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.B2F;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Four rows of eight-bit codes times one token at 512 bits, rows that lie far apart. Decoding waits
 * for memory, and a processor looks ahead in a stream only as far as its page goes: while it finds
 * one of four again it reads the others, nearly twice as fast as one row after the other.
 */
final class VectorWideQuads {
  private VectorWideQuads() {}

  private static final int ROWS = 4;

  /**
   * Each quarter of {@code count} rows beside the others; what is left over by itself.
   *
   * @param rows address of the first
   * @param rowBytes from one to the next
   * @param x address of the token's {@code columns} floats, a multiple of 64
   * @param out address of {@code count} floats
   */
  static void q8(long rows, int count, long rowBytes, int columns, long x, long out) {
    int part = count / ROWS;
    for (int row = 0; row < part; row++) {
      q8(rows + row * rowBytes, part * rowBytes, columns, x, out + 4L * row, 4L * part);
    }
    for (int row = ROWS * part; row < count; row++) {
      f32(out + 4L * row, VectorWideRows.q8(rows + row * rowBytes, columns, x));
    }
  }

  private static void q8(long row, long apart, int columns, long x, long out, long outApart) {
    var sum0 = FloatVector.zero(SPECIES_512);
    var sum1 = FloatVector.zero(SPECIES_512);
    var sum2 = FloatVector.zero(SPECIES_512);
    var sum3 = FloatVector.zero(SPECIES_512);
    long end = row + 34L * (columns / 32);
    long at = x;
    for (long block = row; block != end; block += 34, at += 128) {
      long second = block + apart;
      long third = second + apart;
      long fourth = third + apart;
      var token0 = FloatVector.fromMemorySegment(SPECIES_512, ALL, at, LITTLE_ENDIAN);
      var token1 = FloatVector.fromMemorySegment(SPECIES_512, ALL, at + 64, LITTLE_ENDIAN);
      var part0 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, block + 2, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .mul(token0);
      part0 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, block + 18, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .fma(token1, part0);
      sum0 =
          part0.fma(
              IntVector.broadcast(IntVector.SPECIES_512, VectorWideRows.scaleBits(block))
                  .reinterpretAsFloats(),
              sum0);
      var part1 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, second + 2, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .mul(token0);
      part1 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, second + 18, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .fma(token1, part1);
      sum1 =
          part1.fma(
              IntVector.broadcast(IntVector.SPECIES_512, VectorWideRows.scaleBits(second))
                  .reinterpretAsFloats(),
              sum1);
      var part2 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, third + 2, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .mul(token0);
      part2 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, third + 18, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .fma(token1, part2);
      sum2 =
          part2.fma(
              IntVector.broadcast(IntVector.SPECIES_512, VectorWideRows.scaleBits(third))
                  .reinterpretAsFloats(),
              sum2);
      var part3 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, fourth + 2, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .mul(token0);
      part3 =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          ByteVector.SPECIES_128, ALL, fourth + 18, LITTLE_ENDIAN)
                      .convertShape(B2F, SPECIES_512, 0))
              .fma(token1, part3);
      sum3 =
          part3.fma(
              IntVector.broadcast(IntVector.SPECIES_512, VectorWideRows.scaleBits(fourth))
                  .reinterpretAsFloats(),
              sum3);
    }
    f32(out, sum0.reduceLanes(ADD));
    f32(out + outApart, sum1.reduceLanes(ADD));
    f32(out + 2 * outApart, sum2.reduceLanes(ADD));
    f32(out + 3 * outApart, sum3.reduceLanes(ADD));
  }
}
