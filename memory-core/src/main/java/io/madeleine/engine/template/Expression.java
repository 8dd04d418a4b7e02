package io.madeleine.engine.template;

import io.madeleine.engine.template.value.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A computation in a template. Every one knows the character at which it stands. */
sealed interface Expression {

  int position();

  record Constant(int position, Value value) implements Expression {}

  record Name(int position, String name) implements Expression {}

  record ListOf(int position, List<Expression> items) implements Expression {}

  record DictOf(int position, List<Entry> entries) implements Expression {
    record Entry(Expression key, Expression value) {}
  }

  record Attribute(int position, Expression of, String name) implements Expression {}

  record Item(int position, Expression of, Expression key) implements Expression {}

  record Slice(
      int position,
      Expression of,
      Optional<Expression> start,
      Optional<Expression> stop,
      Optional<Expression> step)
      implements Expression {}

  record Call(int position, Expression function, Inputs inputs) implements Expression {}

  record Filter(int position, Expression of, String name, Inputs inputs) implements Expression {}

  record Test(int position, Expression of, String name, Inputs inputs, boolean negated)
      implements Expression {}

  record Unary(int position, String operator, Expression of) implements Expression {}

  record Binary(int position, String operator, Expression left, Expression right)
      implements Expression {}

  /** {@code a < b <= c}. */
  record Compare(int position, Expression first, List<Step> steps) implements Expression {
    record Step(String operator, Expression right) {}
  }

  record IfElse(int position, Expression condition, Expression then, Optional<Expression> otherwise)
      implements Expression {}

  /** The arguments of a call, as they are written. */
  record Inputs(List<Expression> positional, Map<String, Expression> named) {
    static final Inputs NONE = new Inputs(List.of(), Map.of());
  }
}
