package io.madeleine.memory.index.vector;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Numbers of all types on two lines, the whole ones and the doubles, so that a range on each finds
 * exactly what a comparison of the decimal values would.
 */
final class Decimals {

  private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger GREATEST = BigInteger.valueOf(Long.MAX_VALUE);

  private Decimals() {}

  static boolean isWhole(Number number) {
    return number instanceof Integer
        || number instanceof Long
        || number instanceof Short
        || number instanceof Byte;
  }

  /** {@return the double that is written the same; never -0.0} */
  static double toDouble(Number number) {
    double same =
        number instanceof Float f && Float.isFinite(f)
            ? Double.parseDouble(f.toString())
            : number.doubleValue();
    return same + 0.0;
  }

  /** {@return whether {@code number} compares to nothing} */
  static boolean isNaN(Number number) {
    return Double.isNaN(number.doubleValue());
  }

  /** {@return the whole numbers that stand so to {@code limit}, which is a number} */
  static Range wholes(Condition.Order order, Number limit) {
    double rough = limit.doubleValue();
    if (isFloating(limit) && Double.isInfinite(rough)) {
      return rough > 0 ? infinite(order, true) : infinite(order, false);
    }
    BigDecimal exact = new BigDecimal(limit.toString());
    BigInteger floor = exact.setScale(0, RoundingMode.FLOOR).toBigInteger();
    BigInteger ceiling = exact.setScale(0, RoundingMode.CEILING).toBigInteger();
    return switch (order) {
      case EQUAL -> floor.equals(ceiling) ? range(floor, floor) : Range.NOTHING;
      case ABOVE -> range(floor.add(BigInteger.ONE), GREATEST);
      case AT_LEAST -> range(ceiling, GREATEST);
      case BELOW -> range(LEAST, ceiling.subtract(BigInteger.ONE));
      case AT_MOST -> range(LEAST, floor);
    };
  }

  private static Range infinite(Condition.Order order, boolean positive) {
    boolean all =
        switch (order) {
          case EQUAL -> false;
          case ABOVE, AT_LEAST -> !positive;
          case BELOW, AT_MOST -> positive;
        };
    return all ? range(LEAST, GREATEST) : Range.NOTHING;
  }

  private static Range range(BigInteger from, BigInteger to) {
    BigInteger first = from.max(LEAST);
    BigInteger last = to.min(GREATEST);
    return first.compareTo(last) > 0
        ? Range.NOTHING
        : new Range(first.longValueExact(), last.longValueExact());
  }

  /** {@return the least double whose decimal value is at least that of {@code limit}} */
  static double least(Number limit) {
    if (isFloating(limit)) {
      return toDouble(limit);
    }
    BigDecimal exact = new BigDecimal(limit.toString());
    double near = exact.doubleValue();
    while (reaches(near, exact)) {
      near = Math.nextDown(near);
    }
    while (!reaches(near, exact)) {
      near = Math.nextUp(near);
    }
    return near + 0.0;
  }

  private static boolean reaches(double number, BigDecimal limit) {
    if (Double.isInfinite(number)) {
      return number > 0;
    }
    return new BigDecimal(Double.toString(number)).compareTo(limit) >= 0;
  }

  /** {@return whether a double has exactly the decimal value of {@code limit}} */
  static boolean isDouble(Number limit) {
    if (isFloating(limit)) {
      return true;
    }
    double least = least(limit);
    return Double.isFinite(least)
        && new BigDecimal(Double.toString(least)).compareTo(new BigDecimal(limit.toString())) == 0;
  }

  private static boolean isFloating(Number number) {
    return number instanceof Float || number instanceof Double;
  }

  /**
   * Whole numbers from one to another.
   *
   * @param first included
   * @param last included; less than {@code first} for none
   */
  record Range(long first, long last) {
    static final Range NOTHING = new Range(0, -1);

    boolean isEmpty() {
      return last < first;
    }
  }
}
