package io.madeleine.engine.template;

import io.madeleine.engine.template.value.Budget;
import io.madeleine.engine.template.value.Filters;
import io.madeleine.engine.template.value.Methods;
import io.madeleine.engine.template.value.Operators;
import io.madeleine.engine.template.value.TemplateException;
import io.madeleine.engine.template.value.Tests;
import io.madeleine.engine.template.value.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Computes expressions. Not thread-safe. */
final class Evaluator {
  private final String source;
  private final Budget budget;
  private final Filters filters;
  private final Methods methods;

  Evaluator(String source, Budget budget) {
    this.source = source;
    this.budget = budget;
    this.filters = new Filters(budget);
    this.methods = new Methods(budget);
  }

  /** {@return what {@code expression} comes to; a failure names where it stands} */
  Value evaluate(Expression expression, Scope scope) {
    budget.step();
    try {
      budget.enter();
      return compute(expression, scope);
    } catch (TemplateException e) {
      throw String.valueOf(e.getMessage()).startsWith("template line")
          ? e
          : TemplateException.at(source, expression.position(), String.valueOf(e.getMessage()));
    } finally {
      budget.leave();
    }
  }

  private Value compute(Expression expression, Scope scope) {
    return switch (expression) {
      case Expression.Constant constant -> constant.value();
      case Expression.Name name -> scope.get(name.name());
      case Expression.ListOf list -> new Value.Sequence(all(list.items(), scope));
      case Expression.DictOf dict -> dict(dict, scope);
      case Expression.Attribute attribute ->
          attribute(evaluate(attribute.of(), scope), attribute.name());
      case Expression.Item item -> item(evaluate(item.of(), scope), evaluate(item.key(), scope));
      case Expression.Slice slice -> slice(slice, scope);
      case Expression.Call call -> call(call, scope);
      case Expression.Filter filter ->
          filters.apply(
              filter.name(), evaluate(filter.of(), scope), arguments(filter.inputs(), scope));
      case Expression.Test test ->
          new Value.Bool(
              Tests.holds(
                      test.name(),
                      evaluate(test.of(), scope),
                      arguments(test.inputs(), scope),
                      budget)
                  != test.negated());
      case Expression.Unary unary -> unary(unary, scope);
      case Expression.Binary binary -> binary(binary, scope);
      case Expression.Compare compare -> compare(compare, scope);
      case Expression.IfElse choice -> choose(choice, scope);
    };
  }

  private List<Value> all(List<Expression> expressions, Scope scope) {
    List<Value> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(evaluate(expression, scope));
    }
    return values;
  }

  private Value dict(Expression.DictOf dict, Scope scope) {
    Map<String, Value> members = new LinkedHashMap<>();
    for (Expression.DictOf.Entry entry : dict.entries()) {
      members.put(evaluate(entry.key(), scope).print(), evaluate(entry.value(), scope));
    }
    return new Value.Dict(members);
  }

  /** {@code value.name}: a method before a member, as Jinja has it. */
  private Value attribute(Value value, String name) {
    if (value instanceof Value.Undefined || value instanceof Value.None) {
      if (value instanceof Value.Undefined) {
        throw new TemplateException(value.kind() + " has no attribute '" + name + "'");
      }
      return new Value.Undefined(name);
    }
    if (value instanceof Value.Loop loop) {
      return loop.attribute(name)
          .orElseThrow(() -> new TemplateException("loop." + name + " is not supported"));
    }
    if (value instanceof Value.Namespace namespace) {
      return namespace.members().getOrDefault(name, new Value.Undefined(name));
    }
    Optional<Value> method = methods.find(value, name);
    if (method.isPresent()) {
      return method.get();
    }
    if (value instanceof Value.Dict(Map<String, Value> members, Value.Extent extent)) {
      return members.getOrDefault(name, new Value.Undefined(name));
    }
    return new Value.Undefined(name);
  }

  /** {@code value[key]}. */
  private Value item(Value value, Value key) {
    return switch (value) {
      case Value.Dict dict ->
          dict.members().getOrDefault(key.print(), new Value.Undefined(key.print()));
      case Value.Sequence list when key.isNumber() ->
          at(list.items().size(), key.integer())
              .map(i -> list.items().get(i))
              .orElse(new Value.Undefined("item " + key.integer()));
      case Value.Text text when key.isNumber() -> {
        int[] points = text.value().codePoints().toArray();
        budget.make(points.length);
        yield at(points.length, key.integer())
            .<Value>map(i -> new Value.Text(Character.toString(points[i])))
            .orElse(new Value.Undefined("character " + key.integer()));
      }
      case Value.Undefined u ->
          throw new TemplateException(value.kind() + " has no item '" + key.print() + "'");
      default -> attribute(value, key.print());
    };
  }

  private static Optional<Integer> at(int size, long index) {
    long position = index < 0 ? index + size : index;
    return position >= 0 && position < size ? Optional.of((int) position) : Optional.empty();
  }

  private Value slice(Expression.Slice slice, Scope scope) {
    return switch (evaluate(slice.of(), scope)) {
      case Value.Text(String text) -> {
        budget.make(text.length());
        int[] points = text.codePoints().toArray();
        var out = new StringBuilder();
        sliced(slice, points.length, scope).forEach(i -> out.appendCodePoint(points[i]));
        yield new Value.Text(out.toString());
      }
      case Value.Sequence(List<Value> items, Value.Extent extent) -> {
        List<Value> out = sliced(slice, items.size(), scope).mapToObj(items::get).toList();
        budget.makeItems(out.size());
        yield new Value.Sequence(out);
      }
      case Value value -> throw new TemplateException(value.kind() + " cannot be sliced");
    };
  }

  /** {@return which of {@code size} items the slice takes, in its order} */
  private IntStream sliced(Expression.Slice slice, int size, Scope scope) {
    long step = Math.clamp(bound(slice.step(), scope).orElse(1L), -size - 1L, size + 1L);
    if (step == 0) {
      throw new TemplateException("the step of a slice must not be 0");
    }
    long low = step > 0 ? 0 : -1;
    long high = step > 0 ? size : size - 1L;
    long start = clamp(bound(slice.start(), scope), size, low, high, step > 0 ? low : high);
    long stop = clamp(bound(slice.stop(), scope), size, low, high, step > 0 ? high : low);
    return LongStream.iterate(start, i -> step > 0 ? i < stop : i > stop, i -> i + step)
        .mapToInt(Math::toIntExact);
  }

  private Optional<Long> bound(Optional<Expression> expression, Scope scope) {
    return expression
        .map(e -> evaluate(e, scope))
        .filter(v -> v != Value.None.NONE)
        .map(Value::integer);
  }

  private static long clamp(Optional<Long> bound, int size, long low, long high, long otherwise) {
    return bound.map(b -> Math.clamp(b < 0 ? b + size : b, low, high)).orElse(otherwise);
  }

  private Value call(Expression.Call call, Scope scope) {
    Value function = evaluate(call.function(), scope);
    if (!(function instanceof Value.Function(String name, Value.Function.Body body))) {
      throw new TemplateException(
          "%s cannot be called%s".formatted(function.kind(), described(call.function())));
    }
    return body.call(arguments(call.inputs(), scope));
  }

  private static String described(Expression function) {
    return switch (function) {
      case Expression.Attribute attribute -> " ('" + attribute.name() + "' is not known here)";
      case Expression.Name name -> " ('" + name.name() + "' is not known here)";
      default -> "";
    };
  }

  private Value.Arguments arguments(Expression.Inputs inputs, Scope scope) {
    Map<String, Value> named = new LinkedHashMap<>();
    inputs.named().forEach((name, value) -> named.put(name, evaluate(value, scope)));
    return new Value.Arguments(all(inputs.positional(), scope), named);
  }

  private Value unary(Expression.Unary unary, Scope scope) {
    Value value = evaluate(unary.of(), scope);
    return switch (unary.operator()) {
      case "not" -> new Value.Bool(!value.isTrue());
      case "-" -> Operators.apply("-", new Value.Int(0), value, budget);
      default -> Operators.apply("+", new Value.Int(0), value, budget);
    };
  }

  private Value binary(Expression.Binary binary, Scope scope) {
    Value left = evaluate(binary.left(), scope);
    return switch (binary.operator()) {
      case "and" -> left.isTrue() ? evaluate(binary.right(), scope) : left;
      case "or" -> left.isTrue() ? left : evaluate(binary.right(), scope);
      default -> Operators.apply(binary.operator(), left, evaluate(binary.right(), scope), budget);
    };
  }

  private Value compare(Expression.Compare compare, Scope scope) {
    Value left = evaluate(compare.first(), scope);
    for (Expression.Compare.Step step : compare.steps()) {
      Value right = evaluate(step.right(), scope);
      if (!Operators.compare(step.operator(), left, right, budget)) {
        return new Value.Bool(false);
      }
      left = right;
    }
    return new Value.Bool(true);
  }

  private Value choose(Expression.IfElse choice, Scope scope) {
    if (evaluate(choice.condition(), scope).isTrue()) {
      return evaluate(choice.then(), scope);
    }
    return choice
        .otherwise()
        .map(e -> evaluate(e, scope))
        .orElse(new Value.Undefined("an inline if without else"));
  }
}
