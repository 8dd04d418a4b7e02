package io.madeleine.engine.template.value;

import java.util.ArrayList;
import java.util.List;

/** Arithmetic, comparison and membership, as Python has them. */
public final class Operators {
  private Operators() {}

  /** {@return {@code left operator right} for {@code + - * / // % ~}} */
  public static Value apply(String operator, Value left, Value right, Budget budget) {
    if (operator.equals("~")) {
      return concatenate(left.print(), right.print(), budget);
    }
    if (operator.equals("+") && left instanceof Value.Text(String a)) {
      if (right instanceof Value.Text(String b)) {
        return concatenate(a, b, budget);
      }
      throw mismatch(operator, left, right);
    }
    if (operator.equals("+")
        && left instanceof Value.Sequence(List<Value> a, Value.Extent aExtent)
        && right instanceof Value.Sequence(List<Value> b, Value.Extent bExtent)) {
      budget.makeItems((long) a.size() + b.size());
      List<Value> both = new ArrayList<>(a);
      both.addAll(b);
      return new Value.Sequence(both);
    }
    if (operator.equals("*") && left instanceof Value.Text(String a) && right.isNumber()) {
      long times = Math.max(0, right.integer());
      budget.make(Math.min(Integer.MAX_VALUE, times) * (long) a.length());
      return new Value.Text(a.repeat((int) times));
    }
    if (!left.isNumber() || !right.isNumber()) {
      throw mismatch(operator, left, right);
    }
    boolean real = left instanceof Value.Real || right instanceof Value.Real;
    return real || operator.equals("/")
        ? new Value.Real(real(operator, left.number(), right.number()))
        : new Value.Int(integer(operator, left.integer(), right.integer()));
  }

  private static Value concatenate(String a, String b, Budget budget) {
    budget.make((long) a.length() + b.length());
    return new Value.Text(a.concat(b));
  }

  private static TemplateException mismatch(String operator, Value left, Value right) {
    return new TemplateException(
        "'%s' does not go with %s and %s".formatted(operator, left.kind(), right.kind()));
  }

  private static double real(String operator, double a, double b) {
    if (b == 0 && !operator.equals("+") && !operator.equals("-") && !operator.equals("*")) {
      throw new TemplateException("division by zero");
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> Math.floor(a / b);
      case "%" -> a - Math.floor(a / b) * b;
      default -> throw new TemplateException("unknown operator " + operator);
    };
  }

  private static long integer(String operator, long a, long b) {
    try {
      return switch (operator) {
        case "+" -> Math.addExact(a, b);
        case "-" -> Math.subtractExact(a, b);
        case "*" -> Math.multiplyExact(a, b);
        case "//" -> Math.floorDivExact(a, b);
        case "%" -> Math.floorMod(a, b);
        default -> throw new TemplateException("unknown operator " + operator);
      };
    } catch (ArithmeticException e) {
      throw new TemplateException("%d %s %d: %s".formatted(a, operator, b, e.getMessage()));
    }
  }

  /** {@return whether {@code left operator right} holds, for comparisons and membership} */
  public static boolean compare(String operator, Value left, Value right, Budget budget) {
    return switch (operator) {
      case "==" -> isEqual(left, right, budget);
      case "!=" -> !isEqual(left, right, budget);
      case "in" -> contains(right, left, budget);
      case "not in" -> !contains(right, left, budget);
      case "<", "lt" -> order(operator, left, right, budget) < 0;
      case "<=", "le" -> order(operator, left, right, budget) <= 0;
      case ">", "gt" -> order(operator, left, right, budget) > 0;
      case ">=", "ge" -> order(operator, left, right, budget) >= 0;
      default -> throw new TemplateException("unknown comparison " + operator);
    };
  }

  static boolean isEqual(Value left, Value right, Budget budget) {
    budget.read(Math.min(Value.Extent.of(left).size(), Value.Extent.of(right).size()));
    return left.isEqualTo(right);
  }

  private static int order(String operator, Value left, Value right, Budget budget) {
    if (left.isNumber() && right.isNumber()) {
      return Double.compare(left.number(), right.number());
    }
    if (left instanceof Value.Text(String a) && right instanceof Value.Text(String b)) {
      budget.read(Math.min(a.length(), b.length()));
      return a.compareTo(b);
    }
    throw mismatch(operator, left, right);
  }

  /** {@return whether {@code item in container} holds} */
  static boolean contains(Value container, Value item, Budget budget) {
    return switch (container) {
      case Value.Text(String text) when item instanceof Value.Text(String part) ->
          Texts.find(text, part, budget) >= 0;
      case Value.Text text -> throw mismatch("in", item, container);
      case Value.Sequence list ->
          list.items().stream().anyMatch(each -> isEqual(item, each, budget));
      case Value.Dict dict ->
          item instanceof Value.Text(String key) && dict.members().containsKey(key);
      case Value.Undefined u -> false;
      default -> throw mismatch("in", item, container);
    };
  }
}
