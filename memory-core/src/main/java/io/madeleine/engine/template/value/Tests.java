package io.madeleine.engine.template.value;

import io.madeleine.engine.template.value.Value.Arguments;
import java.util.Set;

/** What can stand behind {@code is}. */
public final class Tests {
  private static final Set<String> KNOWN =
      Set.of(
          "defined",
          "undefined",
          "none",
          "string",
          "number",
          "integer",
          "float",
          "boolean",
          "true",
          "false",
          "mapping",
          "iterable",
          "sequence",
          "callable",
          "odd",
          "even",
          "divisibleby",
          "equalto",
          "eq",
          "ne",
          "lt",
          "le",
          "gt",
          "ge",
          "sameas",
          "in",
          "upper",
          "lower");

  private Tests() {}

  /** {@return whether there is a test called {@code name}} */
  public static boolean isKnown(String name) {
    return KNOWN.contains(name);
  }

  /** {@return whether {@code value} passes the test {@code name}} */
  public static boolean holds(String name, Value value, Arguments in, Budget budget) {
    return switch (name) {
      case "defined" -> !(value instanceof Value.Undefined);
      case "undefined" -> value instanceof Value.Undefined;
      case "none" -> value instanceof Value.None;
      case "string" -> value instanceof Value.Text;
      case "number" -> value.isNumber();
      case "integer" -> value instanceof Value.Int;
      case "float" -> value instanceof Value.Real;
      case "boolean" -> value instanceof Value.Bool;
      case "true" -> value.equals(new Value.Bool(true));
      case "false" -> value.equals(new Value.Bool(false));
      case "mapping" -> value instanceof Value.Dict;
      case "iterable", "sequence" -> isIterable(value, name);
      case "callable" -> value instanceof Value.Function;
      case "odd" -> value.integer() % 2 != 0;
      case "even" -> value.integer() % 2 == 0;
      case "divisibleby" -> value.integer() % in.get(0, "num").integer() == 0;
      case "equalto", "eq", "sameas" -> Operators.isEqual(value, in.get(0, "other"), budget);
      case "ne" -> !Operators.isEqual(value, in.get(0, "other"), budget);
      case "lt", "le", "gt", "ge" -> Operators.compare(name, value, in.get(0, "other"), budget);
      case "in" -> Operators.contains(in.get(0, "seq"), value, budget);
      case "upper" -> isCased(value.print(), true, budget);
      case "lower" -> isCased(value.print(), false, budget);
      default -> throw new TemplateException("unknown test '" + name + "'");
    };
  }

  private static boolean isIterable(Value value, String name) {
    return switch (value) {
      case Value.Sequence s -> true;
      case Value.Dict d -> true;
      case Value.Text t -> true;
      case Value.Undefined u -> true;
      default -> false;
    };
  }

  private static boolean isCased(String text, boolean upper, Budget budget) {
    budget.read(text.length());
    boolean anyCase = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (upper ? Character.isLowerCase(c) : Character.isUpperCase(c)) {
        return false;
      }
      anyCase |= Character.isUpperCase(c) || Character.isLowerCase(c);
    }
    return anyCase;
  }
}
