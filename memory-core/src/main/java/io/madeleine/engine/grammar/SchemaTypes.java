package io.madeleine.engine.grammar;

import io.madeleine.engine.json.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** JSON schema's names of types: which of them a schema leaves, and what it can say of each. */
final class SchemaTypes {

  static final Set<String> ALL =
      Set.of("object", "array", "string", "integer", "number", "boolean", "null");

  /** What can be said of an integer, but not of a number with a fraction. */
  static final Set<String> BOUNDS =
      Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");

  private static final List<String> WHOLE =
      List.of("$ref", "const", "enum", "anyOf", "oneOf", "allOf");

  private SchemaTypes() {}

  /**
   * {@return those of {@code outer} that the schema leaves} One that names none means those that
   * its keywords are about.
   */
  static Set<String> left(Set<String> outer, Keywords schema) {
    Set<String> named = schema.has("type") ? named(schema) : meant(schema);
    var left = new TreeSet<>(withIntegers(outer));
    left.retainAll(withIntegers(named));
    return left;
  }

  private static Set<String> named(Keywords schema) {
    Json type = schema.literal("type");
    var names = new HashSet<String>();
    for (Json one : type instanceof Json.Array(List<Json> several) ? several : List.of(type)) {
      String name = one instanceof Json.Text(String text) ? text : one.write();
      if (!ALL.contains(name)) {
        throw Keywords.refused("type " + name + " is unknown");
      }
      names.add(name);
    }
    return names;
  }

  private static Set<String> meant(Keywords schema) {
    if (WHOLE.stream().anyMatch(schema::has)) {
      return ALL;
    }
    return schema.has("properties")
        ? Set.of("object")
        : schema.has("items") ? Set.of("array") : ALL;
  }

  /** An integer is a number, too. */
  private static Set<String> withIntegers(Set<String> types) {
    var all = new HashSet<>(types);
    if (types.contains("number")) {
      all.add("integer");
    }
    return all;
  }

  /** {@return the keywords that can be enforced for one of {@code types}} */
  static Set<String> keywords(Set<String> types) {
    var keywords = new HashSet<>(Set.of("type"));
    if (!types.equals(ALL)) {
      types.stream().flatMap(type -> keywords(type, types)).forEach(keywords::add);
    }
    return keywords;
  }

  private static Stream<String> keywords(String type, Set<String> types) {
    return switch (type) {
      case "object" -> Stream.of("properties", "required", "additionalProperties");
      case "array" -> Stream.of("items", "minItems", "maxItems");
      case "string" -> Stream.of("minLength", "maxLength");
      case "integer" -> types.contains("number") ? Stream.empty() : BOUNDS.stream();
      default -> Stream.empty();
    };
  }

  static boolean isAny(Json value, Set<String> types) {
    return types.stream().anyMatch(type -> isA(value, type));
  }

  private static boolean isA(Json value, String type) {
    return switch (type) {
      case "object" -> value instanceof Json.Object;
      case "array" -> value instanceof Json.Array;
      case "string" -> value instanceof Json.Text;
      case "integer" ->
          value instanceof Json.Number number && number.value().stripTrailingZeros().scale() <= 0;
      case "number" -> value instanceof Json.Number;
      case "boolean" -> value instanceof Json.Bool;
      default -> value instanceof Json.Null;
    };
  }
}
