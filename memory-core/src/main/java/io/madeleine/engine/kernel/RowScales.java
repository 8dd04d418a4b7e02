package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.ALL;
import static io.madeleine.engine.kernel.Memory.f16;
import static io.madeleine.engine.kernel.Memory.f32;
import static io.madeleine.engine.kernel.VectorLoads.FLOATS;
import static io.madeleine.engine.kernel.VectorLoads.LANES;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The scales of one row of weights, all decoded before the codes are: a vector at a time, where one
 * by one they would cost as much as the codes.
 *
 * <p>Types with a zero point or minimum use {@code Σ (d·q − m)·x = d·Σ q·x − m·Σ x}, with the sums
 * of x over 16 and 32 neighbours made once for all rows. In a worker's scratch memory stand, each
 * padded with zeros to whole vectors: sums of 32, sums of 16, scales, minima, and both as halves.
 */
final class RowScales {
  private RowScales() {}

  private static final VectorSpecies<Float> EIGHT = LANES == 4 ? FLOATS : FloatVector.SPECIES_256;

  private static int padded(int count) {
    return (count + 15) & -16;
  }

  /** {@return floats of scratch for rows of so many columns} */
  static int scratch(int columns) {
    return 3 * padded(columns / 32) + 2 * padded(columns / 16);
  }

  static long sixteens(int columns, long scratch) {
    return scratch + 4L * padded(columns / 32);
  }

  /** {@return where the scales of the current row stand} */
  static long scales(int columns, long scratch) {
    return sixteens(columns, scratch) + 4L * padded(columns / 16);
  }

  private static long minima(int columns, long scratch) {
    return scales(columns, scratch) + 4L * padded(columns / 16);
  }

  /** Sums neighbours of one token. */
  static void prepare(long x, int columns, long scratch) {
    for (int i = 0; i < scratch(columns); i++) {
      f32(scratch + 4L * i, 0);
    }
    long sixteens = sixteens(columns, scratch);
    for (int b = 0; b < columns / 32; b++) {
      float first = sixteen(x + 128L * b);
      float second = sixteen(x + 128L * b + 64);
      f32(sixteens + 8L * b, first);
      f32(sixteens + 8L * b + 4, second);
      f32(scratch + 4L * b, first + second);
    }
  }

  private static float sixteen(long x) {
    var sum = FloatVector.zero(FLOATS);
    for (int i = 0; i != 16; i += LANES) {
      sum = sum.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, LITTLE_ENDIAN));
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }

  /**
   * Decodes the scales of blocks of 32, which begin with them. {@return Σ scale × Σ x}
   *
   * @param bytes of a block
   */
  static float ofBlocks(long row, int bytes, int columns, long scratch) {
    long minima = minima(columns, scratch);
    long halves = minima + 4L * padded(columns / 32);
    collect(row, bytes, columns / 32, halves);
    return decode(halves, columns / 32, scratch, scales(columns, scratch));
  }

  /** As {@link #ofBlocks}, for blocks with a minimum after the scale. {@return Σ minimum × Σ x} */
  static float ofBlocksWithMinima(long row, int bytes, int columns, long scratch) {
    long minima = minima(columns, scratch);
    long halves = minima + 4L * padded(columns / 32);
    collect(row, bytes, columns / 32, halves);
    decode(halves, columns / 32, scratch, scales(columns, scratch));
    collect(row + 2, bytes, columns / 32, halves);
    return decode(halves, columns / 32, scratch, minima);
  }

  private static void collect(long from, int bytes, int blocks, long halves) {
    long end = from + (long) bytes * blocks;
    long to = halves;
    for (long block = from; block != end; block += bytes, to += 2) {
      ALL.set(JAVA_SHORT_UNALIGNED, to, ALL.get(JAVA_SHORT_UNALIGNED, block));
    }
  }

  private static float decode(long halves, int count, long sums, long target) {
    var sum = FloatVector.zero(FLOATS);
    for (int i = 0; i < count; i += LANES) {
      var decoded = VectorLoads.halves(halves + 2L * i);
      decoded.intoMemorySegment(ALL, target + 4L * i, LITTLE_ENDIAN);
      var at = FloatVector.fromMemorySegment(FLOATS, ALL, sums + 4L * i, LITTLE_ENDIAN);
      sum = decoded.fma(at, sum);
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }

  /** Decodes the scales of Q4_K or Q5_K. {@return Σ minimum × Σ x} */
  static float ofSuperBlocks(long row, int bytes, int columns, long scratch) {
    long scales = scales(columns, scratch);
    long codes = minima(columns, scratch);
    var sum = FloatVector.zero(EIGHT);
    long end = row + (long) bytes * (columns / 256);
    long first = 0;
    for (long block = row; block != end; block += bytes, first += 32) {
      ALL.set(JAVA_LONG_UNALIGNED, codes, VectorBlocks.sixBitScales(block + 4));
      ALL.set(JAVA_LONG_UNALIGNED, codes + 8, VectorBlocks.sixBitMinima(block + 4));
      float d = f16(block);
      float m = f16(block + 2);
      for (int i = 0; i < 8; i += EIGHT.length()) {
        long at = first + 4L * i;
        unsigned(codes + i).mul(d).intoMemorySegment(ALL, scales + at, LITTLE_ENDIAN);
        var sums = FloatVector.fromMemorySegment(EIGHT, ALL, scratch + at, LITTLE_ENDIAN);
        sum = unsigned(codes + 8 + i).mul(m).fma(sums, sum);
      }
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }

  private static FloatVector unsigned(long address) {
    if (LANES == 4) {
      return VectorLoads.asFloats(VectorLoads.unsignedBytes(address));
    }
    return (FloatVector)
        ByteVector.fromMemorySegment(ByteVector.SPECIES_64, ALL, address, LITTLE_ENDIAN)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, IntVector.SPECIES_256, 0)
            .convertShape(VectorOperators.I2F, EIGHT, 0);
  }

  /** Decodes the scales of Q6_K. {@return 32 × Σ scale × Σ x, its codes' zero point} */
  static float ofSixBits(long row, int columns, long scratch) {
    long scales = scales(columns, scratch);
    long sixteens = sixteens(columns, scratch);
    var sum = FloatVector.zero(FLOATS);
    long end = row + 210L * (columns / 256);
    long first = 0;
    for (long block = row; block != end; block += 210, first += 64) {
      float d = f16(block + 208);
      for (int i = 0; i != 16; i += LANES) {
        long at = first + 4L * i;
        var decoded = VectorLoads.signedBytes(block + 192 + i).mul(d);
        decoded.intoMemorySegment(ALL, scales + at, LITTLE_ENDIAN);
        sum =
            decoded.fma(
                FloatVector.fromMemorySegment(FLOATS, ALL, sixteens + at, LITTLE_ENDIAN), sum);
      }
    }
    return 32 * sum.reduceLanes(VectorOperators.ADD);
  }
}
