package io.madeleine.engine.template;

import io.madeleine.engine.template.value.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Names and what they stand for. A name that is set in an inner scope is not seen outside of it.
 */
final class Scope {
  private final Map<String, Value> names = new HashMap<>();
  private final Optional<Scope> outer;

  private Scope(Optional<Scope> outer) {
    this.outer = outer;
  }

  static Scope outermost() {
    return new Scope(Optional.empty());
  }

  Scope inner() {
    return new Scope(Optional.of(this));
  }

  void set(String name, Value value) {
    names.put(name, value);
  }

  Value get(String name) {
    for (Optional<Scope> scope = Optional.of(this); scope.isPresent(); scope = scope.get().outer) {
      Value value = scope.get().names.get(name);
      if (value != null) {
        return value;
      }
    }
    return new Value.Undefined(name);
  }
}
