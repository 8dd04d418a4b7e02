package io.madeleine.engine.kernel;

import static io.madeleine.engine.kernel.Memory.f32;

import io.madeleine.engine.tensor.ElementType;

/**
 * A token laid out for {@link VectorWideRows} and {@link VectorWideSixBits}, once for all rows: its
 * elements in the order in which those loops meet them, and behind them what takes the constants
 * out again that stand in their codes, minus so many times the sum of the elements.
 */
final class WideTokens {
  private WideTokens() {}

  /** {@return whether there is a loop at this width for rows of so many columns} */
  static boolean serve(ElementType type, int columns) {
    return VectorLoads.LANES == 16
        && switch (type) {
          case Q8_0, Q4_0 -> columns % 64 == 0;
          case Q4_K, Q6_K -> true;
          default -> false;
        };
  }

  /** {@return floats of scratch for any of the types} */
  static int scratch(int columns) {
    return columns + columns / 2;
  }

  static void prepare(ElementType type, long x, int columns, long scratch) {
    switch (type) {
      case Q4_0 -> fours(x, columns, scratch);
      case Q4_K -> {
        arrange(x, columns, scratch, 64, 32);
        sumsOfFours(x, columns, scratch + 4L * columns);
      }
      case Q6_K -> {
        arrange(x, columns, scratch, 32, 64);
        sumsOfSixes(x, columns, scratch + 4L * columns);
      }
      default -> {} // takes the token as it is
    }
  }

  static float dot(ElementType type, long row, int columns, long x, long scratch) {
    return switch (type) {
      case Q8_0 -> VectorWideRows.q8(row, columns, x);
      case Q4_0 -> VectorWideRows.q4(row, columns, scratch);
      case Q4_K -> VectorWideRows.q4k(row, columns, scratch, scratch + 4L * columns);
      case Q6_K -> VectorWideSixBits.q6k(row, columns, scratch, scratch + 4L * columns);
      default -> throw new IllegalArgumentException("no wide loop for " + type);
    };
  }

  /**
   * For each block of 32: sixteen elements, sixteen, and one vector that begins with the constant.
   */
  private static void fours(long x, int columns, long target) {
    for (int block = 0; block < columns / 32; block++) {
      long from = x + 128L * block;
      long to = target + 192L * block;
      for (int i = 0; i < 32; i++) {
        f32(to + 4L * i, f32(from + 4L * i));
      }
      for (int i = 32; i < 48; i++) {
        f32(to + 4L * i, 0);
      }
      f32(to + 128, -(256 + 8) * sum(from, 16) - (16 + 8) * sum(from + 64, 16));
    }
  }

  /**
   * In 128 columns, for each of the four bytes of an int: the columns of its lower four bits in all
   * sixteen ints, then those of its upper four.
   *
   * @param half how far the upper eight ints' columns are from the lower eight's
   * @param upper how far a byte's upper four bits' column is from its lower ones'
   */
  private static void arrange(long x, int columns, long target, int half, int upper) {
    for (int chunk = 0; chunk < columns; chunk += 128) {
      for (int at = 0; at < 64; at++) {
        int of = at % 16;
        int column = chunk + half * (of / 8) + 4 * (of % 8) + at / 16;
        long to = target + 4L * (chunk + 32 * (at / 16) + of);
        f32(to, f32(x + 4L * column));
        f32(to + 64, f32(x + 4L * (column + upper)));
      }
    }
  }

  /** Beside the eight scales of a super block, and then beside its eight minima. */
  private static void sumsOfFours(long x, int columns, long target) {
    for (int block = 0; block < columns / 32; block++) {
      float sum = sum(x + 128L * block, 32);
      long to = target + 64L * (block / 8) + 4L * (block % 8);
      f32(to, (block % 2 == 0 ? -256 : -16) * sum);
      f32(to + 32, -sum);
    }
  }

  private static void sumsOfSixes(long x, int columns, long target) {
    for (int block = 0; block < columns / 16; block++) {
      f32(target + 4L * block, -(64 + 32) * sum(x + 64L * block, 16));
    }
  }

  private static float sum(long from, int count) {
    float sum = 0;
    for (int i = 0; i < count; i++) {
      sum += f32(from + 4L * i);
    }
    return sum;
  }
}
