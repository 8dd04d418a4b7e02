package io.madeleine.engine.grammar;

import io.madeleine.engine.json.Json;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Turns a JSON schema into rules. Every text of the rules fits the schema; not every text that fits
 * is in the rules: properties come in the schema's order, and objects with named properties have no
 * others.
 */
final class SchemaRules {
  private final Rules rules;
  private final JsonRules json;
  private final IntegerRules integers;
  private final Json root;
  private final Map<Target, Integer> references = new HashMap<>();
  private int depth;

  /** A part of the schema, and the types that are left to it where it is used. */
  private record Target(String pointer, Set<String> types) {}

  SchemaRules(Rules rules, JsonRules json, Json root) {
    this.rules = rules;
    this.json = json;
    this.integers = new IntegerRules(rules);
    this.root = root;
  }

  /** {@return the rule for the whole schema} */
  int compile() {
    return reference(new Target("#", SchemaTypes.ALL));
  }

  /** {@return the rule for those values of the whole schema that are objects} */
  int compileObject() {
    return reference(new Target("#", Set.of("object")));
  }

  private int reference(Target target) {
    Integer known = references.get(target);
    if (known != null) {
      return known;
    }
    int rule = rules.newRule();
    references.put(target, rule);
    fill(rule, resolve(target.pointer()), target.types());
    return rule;
  }

  private Json resolve(String pointer) {
    if (!pointer.startsWith("#")) {
      throw Keywords.refused("$ref '" + pointer + "' points outside of the schema");
    }
    Json at = root;
    for (String part : pointer.substring(1).split("/", -1)) {
      if (!part.isEmpty()) {
        String name = part.replace("~1", "/").replace("~0", "~");
        at =
            at instanceof Json.Object object && object.find(name).isPresent()
                ? object.find(name).get()
                : notThere(pointer);
      }
    }
    return at;
  }

  private static Json notThere(String pointer) {
    throw Keywords.refused("$ref '" + pointer + "' points to nothing");
  }

  private int rule(Json schema) {
    return rule(schema, SchemaTypes.ALL);
  }

  private int rule(Json schema, Set<String> types) {
    int rule = rules.newRule();
    fill(rule, schema, types);
    return rule;
  }

  private void fill(int rule, Json schema, Set<String> types) {
    if (++depth > 64) {
      throw Keywords.refused("it is nested deeper than 64");
    }
    int start = rules.start(rule);
    int end = rules.end(rule);
    switch (schema) {
      case Json.Bool(boolean any) when any -> fill(start, end, new Keywords(Map.of()), types);
      case Json.Object(Map<String, Json> members) -> fill(start, end, new Keywords(members), types);
      default ->
          throw Keywords.refused("a schema must be an object or true, but is " + schema.write());
    }
    depth--;
  }

  /** Where no type is left, nothing is added: the rule cannot end, and nobody enters it. */
  private void fill(int start, int end, Keywords schema, Set<String> outer) {
    Set<String> types = SchemaTypes.left(outer, schema);
    if (types.isEmpty()) {
      return;
    }
    if (schema.has("$ref")) {
      schema.only(Set.of("$ref", "type"));
      rules.call(start, reference(new Target(schema.text("$ref"), types)), end);
    } else if (schema.has("const") || schema.has("enum")) {
      schema.only(Set.of("const", "enum", "type"));
      values(schema).stream()
          .filter(value -> SchemaTypes.isAny(value, types))
          .forEach(value -> rules.jump(rules.text(start, value.write()), end));
    } else if (schema.has("anyOf") || schema.has("oneOf")) {
      String name = schema.has("anyOf") ? "anyOf" : "oneOf";
      schema.only(Set.of(name, "type"));
      schema.list(name).forEach(each -> rules.call(start, rule(each, types), end));
    } else if (schema.has("allOf")) {
      schema.only(Set.of("allOf", "type"));
      rules.call(start, rule(single(schema.list("allOf")), types), end);
    } else {
      schema.only(SchemaTypes.keywords(types));
      ofTypes(start, end, schema, types);
    }
  }

  /** {@return what a constant or an enumeration lists, or what both do} */
  private static List<Json> values(Keywords schema) {
    if (!schema.has("const")) {
      return schema.list("enum");
    }
    Json only = schema.literal("const");
    return !schema.has("enum") || schema.list("enum").contains(only) ? List.of(only) : List.of();
  }

  private static Json single(List<Json> schemas) {
    if (schemas.size() != 1) {
      throw Keywords.refused("allOf of several schemas");
    }
    return schemas.getFirst();
  }

  private void ofTypes(int start, int end, Keywords schema, Set<String> types) {
    if (types.equals(SchemaTypes.ALL)) {
      rules.call(start, json.value, end);
      return;
    }
    for (String type : types) {
      switch (type) {
        case "object" -> object(start, end, schema);
        case "array" -> array(start, end, schema);
        case "string" -> string(start, end, schema);
        case "integer" -> {
          if (!types.contains("number")) {
            rules.call(start, integer(schema), end);
          }
        }
        case "number" -> rules.call(start, json.number, end);
        case "boolean" -> {
          rules.jump(rules.text(start, "true"), end);
          rules.jump(rules.text(start, "false"), end);
        }
        default -> rules.jump(rules.text(start, "null"), end);
      }
    }
  }

  private int integer(Keywords schema) {
    if (SchemaTypes.BOUNDS.stream().noneMatch(schema::has)) {
      return json.integer;
    }
    long least =
        Stream.of(
                schema.number("minimum").map(n -> whole(n, RoundingMode.CEILING)),
                schema.number("exclusiveMinimum").map(n -> 1 + whole(n, RoundingMode.FLOOR)))
            .flatMap(Optional::stream)
            .reduce(-IntegerRules.LARGEST, Long::max);
    long most =
        Stream.of(
                schema.number("maximum").map(n -> whole(n, RoundingMode.FLOOR)),
                schema.number("exclusiveMaximum").map(n -> whole(n, RoundingMode.CEILING) - 1))
            .flatMap(Optional::stream)
            .reduce(IntegerRules.LARGEST, Long::min);
    if (least > most) {
      throw Keywords.refused("no integer of at most 18 digits is within its bounds");
    }
    return integers.between(least, most);
  }

  /** {@return a bound as a whole number; one that is out of reach stays so} */
  private static long whole(BigDecimal bound, RoundingMode mode) {
    BigDecimal beyond = BigDecimal.valueOf(IntegerRules.LARGEST + 1);
    return bound.setScale(0, mode).min(beyond).max(beyond.negate()).longValueExact();
  }

  private void string(int start, int end, Keywords schema) {
    int least = schema.count("minLength").orElse(0);
    Optional<Integer> most = schema.count("maxLength");
    int close = rules.newState();
    repeat(
        rules.text(start, "\""),
        close,
        least,
        most,
        (from, first) -> rules.then(from, json.character));
    rules.bytes(close, '"', '"', end);
  }

  private void array(int start, int end, Keywords schema) {
    int item = schema.has("items") ? rule(schema.literal("items")) : json.value;
    int least = schema.count("minItems").orElse(0);
    int close = rules.newState();
    int open = rules.then(rules.text(start, "["), json.space);
    repeat(open, close, least, schema.count("maxItems"), (from, first) -> item(from, first, item));
    rules.bytes(close, ']', ']', end);
  }

  private int item(int from, boolean first, int item) {
    int at = first ? from : rules.then(rules.text(from, ","), json.space);
    return rules.then(rules.then(at, item), json.space);
  }

  /** Adds something behind a state and says where it ends. */
  private interface Repeated {
    int after(int from, boolean first);
  }

  /** {@code least} to {@code most} times, or without end where there is no {@code most}. */
  private void repeat(int from, int to, int least, Optional<Integer> most, Repeated part) {
    if (most.isPresent() && most.get() < least) {
      throw Keywords.refused(
          "at least %d and at most %d cannot both hold".formatted(least, most.get()));
    }
    int at = from;
    int counted = most.orElse(Math.max(least, 1));
    for (int i = 0; i < counted; i++) {
      if (i >= least) {
        rules.jump(at, to);
      }
      at = part.after(at, i == 0);
    }
    rules.jump(at, to);
    if (most.isEmpty()) {
      int more = part.after(at, /* first= */ false);
      rules.jump(more, at);
    }
  }

  private void object(int start, int end, Keywords schema) {
    Map<String, Json> properties = schema.object("properties");
    Set<String> required = Set.copyOf(schema.texts("required"));
    if (properties.isEmpty()) {
      if (!required.isEmpty()) {
        throw Keywords.refused("required names " + required + ", which are no properties");
      }
      freeObject(
          start, end, schema.members().getOrDefault("additionalProperties", new Json.Bool(true)));
      return;
    }
    if (!properties.keySet().containsAll(required)) {
      throw Keywords.refused("required names " + required + ", of which not all are properties");
    }
    namedObject(start, end, properties, required);
  }

  private void freeObject(int start, int end, Json values) {
    if (values instanceof Json.Bool(boolean allowed) && !allowed) {
      int inside = rules.then(rules.text(start, "{"), json.space);
      rules.bytes(inside, '}', '}', end);
      return;
    }
    int rule = rules.newRule();
    json.fillObject(rule, json.string, rule(values));
    rules.call(start, rule, end);
  }

  /** Two rows of states: in the upper one no property has come yet, in the lower one some have. */
  private void namedObject(int start, int end, Map<String, Json> properties, Set<String> required) {
    int none = rules.then(rules.text(start, "{"), json.space);
    int some = rules.newState();
    for (Map.Entry<String, Json> property : properties.entrySet()) {
      int value = rule(property.getValue());
      int nextSome = rules.newState();
      int nextNone = rules.newState();
      property(none, property.getKey(), value, nextSome);
      property(rules.then(rules.text(some, ","), json.space), property.getKey(), value, nextSome);
      if (!required.contains(property.getKey())) {
        rules.jump(none, nextNone);
        rules.jump(some, nextSome);
      }
      none = nextNone;
      some = nextSome;
    }
    rules.bytes(none, '}', '}', end);
    rules.bytes(some, '}', '}', end);
  }

  private void property(int from, String name, int value, int to) {
    int colon = rules.text(from, new Json.Text(name).write() + ":");
    int valued = rules.then(rules.then(colon, json.space), value);
    rules.call(valued, json.space, to);
  }
}
