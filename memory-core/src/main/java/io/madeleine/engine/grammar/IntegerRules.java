package io.madeleine.engine.grammar;

import java.util.HashMap;
import java.util.Map;

/**
 * Rules for integers between two bounds, digit by digit. Bounds of any size take few states, since
 * a digit that lies strictly between those of the bounds leaves all digits behind it free.
 */
final class IntegerRules {

  /** The largest that a rule writes: 18 digits, so that any of them fits a {@code long}. */
  static final long LARGEST = 999_999_999_999_999_999L;

  private record Range(long least, long most) {}

  private final Rules rules;
  private final Map<Range, Integer> known = new HashMap<>();

  IntegerRules(Rules rules) {
    this.rules = rules;
  }

  /**
   * {@return the rule for the integers from {@code least} to {@code most}}
   *
   * @param least at least −{@link #LARGEST}
   * @param most at least {@code least}, at most {@link #LARGEST}
   */
  int between(long least, long most) {
    return known.computeIfAbsent(
        new Range(least, most),
        range -> {
          int rule = rules.newRule();
          if (least < 0) {
            var below = new Digits(rules.end(rule));
            below.between(rules.text(rules.start(rule), "-"), Math.max(1, -most), -least);
          }
          if (most >= 0) {
            new Digits(rules.end(rule)).between(rules.start(rule), Math.max(0, least), most);
          }
          return rule;
        });
  }

  /** Digits that lead to one state. */
  private final class Digits {
    private final Map<Integer, Integer> free = new HashMap<>();

    Digits(int end) {
      free.put(0, end);
    }

    /** {@return a state with exactly {@code count} digits before the end, any of them} */
    private int free(int count) {
      Integer state = free.get(count);
      if (state == null) {
        state = rules.newState();
        rules.bytes(state, '0', '9', free(count - 1));
        free.put(count, state);
      }
      return state;
    }

    /** The numbers without a sign, one length after the other. */
    void between(int from, long least, long most) {
      String first = Long.toString(least);
      String last = Long.toString(most);
      for (int length = first.length(); length <= last.length(); length++) {
        String low = length == first.length() ? first : "1" + "0".repeat(length - 1);
        String high = length == last.length() ? last : "9".repeat(length);
        between(from, low, high);
      }
    }

    /** Both have the same number of digits, at least one. */
    private void between(int from, String low, String high) {
      int rest = low.length() - 1;
      char first = low.charAt(0);
      char last = high.charAt(0);
      if (first == last && rest > 0) {
        between(digit(from, first), low.substring(1), high.substring(1));
        return;
      }
      boolean allOfFirst = low.substring(1).equals("0".repeat(rest));
      boolean allOfLast = high.substring(1).equals("9".repeat(rest));
      if (!allOfFirst) {
        between(digit(from, first), low.substring(1), "9".repeat(rest));
      }
      if (!allOfLast) {
        between(digit(from, last), "0".repeat(rest), high.substring(1));
      }
      int lowest = allOfFirst ? first : first + 1;
      int highest = allOfLast ? last : last - 1;
      if (lowest <= highest) {
        rules.bytes(from, lowest, highest, free(rest));
      }
    }

    private int digit(int from, char digit) {
      int next = rules.newState();
      rules.bytes(from, digit, digit, next);
      return next;
    }
  }
}
