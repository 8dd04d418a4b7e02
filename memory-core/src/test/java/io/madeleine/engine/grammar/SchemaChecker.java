package io.madeleine.engine.grammar;

import io.madeleine.engine.json.Json;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Says whether a value fits a schema, by the specification and not by our rules. */
final class SchemaChecker {
  private final Json root;

  SchemaChecker(Json root) {
    this.root = root;
  }

  boolean fits(Json value) {
    return fits(value, root);
  }

  private boolean fits(Json value, Json schema) {
    if (schema instanceof Json.Bool(boolean any)) {
      return any;
    }
    Map<String, Json> members = ((Json.Object) schema).members();
    return members.entrySet().stream()
        .allMatch(e -> holds(e.getKey(), e.getValue(), value, members));
  }

  private boolean holds(String keyword, Json rule, Json value, Map<String, Json> schema) {
    return switch (keyword) {
      case "$ref" -> fits(value, resolve(((Json.Text) rule).value()));
      case "const" -> value.equals(rule);
      case "enum" -> items(rule).contains(value);
      case "anyOf", "oneOf" -> items(rule).stream().anyMatch(s -> fits(value, s));
      case "allOf" -> items(rule).stream().allMatch(s -> fits(value, s));
      case "type" ->
          rule instanceof Json.Array(List<Json> several)
              ? several.stream().anyMatch(t -> isA(value, t))
              : isA(value, rule);
      case "minLength" -> !(value instanceof Json.Text t) || points(t) >= number(rule);
      case "maxLength" -> !(value instanceof Json.Text t) || points(t) <= number(rule);
      case "minItems" -> !(value instanceof Json.Array a) || a.items().size() >= number(rule);
      case "maxItems" -> !(value instanceof Json.Array a) || a.items().size() <= number(rule);
      case "items" ->
          !(value instanceof Json.Array a) || a.items().stream().allMatch(i -> fits(i, rule));
      case "required" ->
          !(value instanceof Json.Object o)
              || items(rule).stream().allMatch(n -> o.find(((Json.Text) n).value()).isPresent());
      case "properties" ->
          !(value instanceof Json.Object o)
              || ((Json.Object) rule)
                  .members().entrySet().stream()
                      .allMatch(
                          p -> o.find(p.getKey()).map(v -> fits(v, p.getValue())).orElse(true));
      case "additionalProperties" -> !(value instanceof Json.Object o) || others(o, rule, schema);
      case "minimum" -> !(value instanceof Json.Number n) || n.value().compareTo(exact(rule)) >= 0;
      case "maximum" -> !(value instanceof Json.Number n) || n.value().compareTo(exact(rule)) <= 0;
      case "exclusiveMinimum" ->
          !(value instanceof Json.Number n) || n.value().compareTo(exact(rule)) > 0;
      case "exclusiveMaximum" ->
          !(value instanceof Json.Number n) || n.value().compareTo(exact(rule)) < 0;
      case "$defs", "title", "description", "default", "x-order", "example" -> true;
      default -> throw new AssertionError("the checker does not know the keyword " + keyword);
    };
  }

  private boolean others(Json.Object value, Json rule, Map<String, Json> schema) {
    Set<String> named =
        schema.get("properties") instanceof Json.Object o ? o.members().keySet() : Set.of();
    return value.members().entrySet().stream()
        .filter(m -> !named.contains(m.getKey()))
        .allMatch(m -> fits(m.getValue(), rule));
  }

  private static boolean isA(Json value, Json type) {
    return switch (((Json.Text) type).value()) {
      case "object" -> value instanceof Json.Object;
      case "array" -> value instanceof Json.Array;
      case "string" -> value instanceof Json.Text;
      case "integer" ->
          value instanceof Json.Number n && n.value().stripTrailingZeros().scale() <= 0;
      case "number" -> value instanceof Json.Number;
      case "boolean" -> value instanceof Json.Bool;
      default -> value instanceof Json.Null;
    };
  }

  private Json resolve(String pointer) {
    Json at = root;
    for (String part : pointer.substring(1).split("/")) {
      at = part.isEmpty() ? at : ((Json.Object) at).find(part).orElseThrow();
    }
    return at;
  }

  private static List<Json> items(Json array) {
    return ((Json.Array) array).items();
  }

  private static int points(Json.Text text) {
    return text.value().codePointCount(0, text.value().length());
  }

  private static BigDecimal exact(Json rule) {
    return ((Json.Number) rule).value();
  }

  private static int number(Json rule) {
    return ((Json.Number) rule).value().intValue();
  }
}
