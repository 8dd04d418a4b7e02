package io.madeleine.engine.grammar;

import io.madeleine.engine.json.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns a JSON schema into rules. Every text of the rules fits the schema; not every text that fits
 * is in the rules: properties come in the schema's order, and objects with named properties have no
 * others.
 */
final class SchemaRules {
  private static final int MOST_COUNTED = 4_096;
  private static final Set<String> IGNORED =
      Set.of(
          "title",
          "description",
          "default",
          "examples",
          "format",
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "deprecated",
          "readOnly",
          "writeOnly",
          "nullable",
          "strict");

  private final Rules rules;
  private final JsonRules json;
  private final Json root;
  private final Map<String, Integer> references = new HashMap<>();
  private int depth;

  SchemaRules(Rules rules, JsonRules json, Json root) {
    this.rules = rules;
    this.json = json;
    this.root = root;
  }

  /** {@return the rule for the whole schema} */
  int compile() {
    return reference("#");
  }

  private int reference(String pointer) {
    Integer known = references.get(pointer);
    if (known != null) {
      return known;
    }
    int rule = rules.newRule();
    references.put(pointer, rule);
    fill(rule, resolve(pointer));
    return rule;
  }

  private Json resolve(String pointer) {
    if (!pointer.startsWith("#")) {
      throw refused("$ref '" + pointer + "' points outside of the schema");
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
    throw refused("$ref '" + pointer + "' points to nothing");
  }

  private static IllegalArgumentException refused(String problem) {
    return new IllegalArgumentException(
        "this schema cannot be enforced: %s. Take it out or say it in words".formatted(problem));
  }

  private int rule(Json schema) {
    int rule = rules.newRule();
    fill(rule, schema);
    return rule;
  }

  private void fill(int rule, Json schema) {
    if (++depth > 64) {
      throw refused("it is nested deeper than 64");
    }
    int start = rules.start(rule);
    int end = rules.end(rule);
    switch (schema) {
      case Json.Bool(boolean any) when any -> rules.call(start, json.value, end);
      case Json.Object object -> fill(start, end, object);
      default -> throw refused("a schema must be an object or true, but is " + schema.write());
    }
    depth--;
  }

  private void fill(int start, int end, Json.Object schema) {
    Map<String, Json> members = schema.members();
    if (members.containsKey("$ref")) {
      only(members, Set.of("$ref"));
      rules.call(start, reference(text(members, "$ref")), end);
    } else if (members.containsKey("const")) {
      rules.jump(rules.text(start, literal(members, "const").write()), end);
    } else if (members.containsKey("enum")) {
      for (Json value : list(members, "enum")) {
        rules.jump(rules.text(start, value.write()), end);
      }
    } else if (members.containsKey("anyOf") || members.containsKey("oneOf")) {
      alternatives(start, end, members);
    } else if (members.containsKey("allOf")) {
      only(members, Set.of("allOf"));
      rules.call(start, rule(single(list(members, "allOf"))), end);
    } else {
      types(start, end, members);
    }
  }

  private static Json single(List<Json> schemas) {
    if (schemas.size() != 1) {
      throw refused("allOf of several schemas");
    }
    return schemas.getFirst();
  }

  private void alternatives(int start, int end, Map<String, Json> members) {
    only(members, Set.of("anyOf", "oneOf", "type"));
    String name = members.containsKey("anyOf") ? "anyOf" : "oneOf";
    for (Json alternative : list(members, name)) {
      rules.call(start, rule(alternative), end);
    }
  }

  private void types(int start, int end, Map<String, Json> members) {
    Json type = members.get("type");
    if (type instanceof Json.Array(List<Json> several)) {
      for (Json one : several) {
        type(start, end, one, members);
      }
    } else if (type != null) {
      type(start, end, type, members);
    } else if (members.containsKey("properties")) {
      object(start, end, members);
    } else if (members.containsKey("items")) {
      array(start, end, members);
    } else {
      only(members, Set.of());
      rules.call(start, json.value, end);
    }
  }

  private void type(int start, int end, Json type, Map<String, Json> members) {
    String name = type instanceof Json.Text(String text) ? text : type.write();
    boolean alone = !(members.get("type") instanceof Json.Array);
    if (alone) {
      only(members, keywords(name));
    }
    switch (name) {
      case "object" -> object(start, end, members);
      case "array" -> array(start, end, members);
      case "string" -> string(start, end, members);
      case "integer" -> rules.call(start, json.integer, end);
      case "number" -> rules.call(start, json.number, end);
      case "boolean" -> {
        rules.jump(rules.text(start, "true"), end);
        rules.jump(rules.text(start, "false"), end);
      }
      case "null" -> rules.jump(rules.text(start, "null"), end);
      default -> throw refused("type " + name + " is unknown");
    }
  }

  private static Set<String> keywords(String type) {
    return switch (type) {
      case "object" -> Set.of("type", "properties", "required", "additionalProperties");
      case "array" -> Set.of("type", "items", "minItems", "maxItems");
      case "string" -> Set.of("type", "minLength", "maxLength");
      default -> Set.of("type");
    };
  }

  /** What is not understood is refused: an answer would otherwise break it. */
  private static void only(Map<String, Json> members, Set<String> known) {
    for (String name : members.keySet()) {
      if (!known.contains(name) && !IGNORED.contains(name)) {
        throw refused("the keyword '" + name + "' is not supported here");
      }
    }
  }

  private void string(int start, int end, Map<String, Json> members) {
    int least = count(members, "minLength").orElse(0);
    Optional<Integer> most = count(members, "maxLength");
    int close = rules.newState();
    repeat(
        rules.text(start, "\""),
        close,
        least,
        most,
        (from, first) -> rules.then(from, json.character));
    rules.bytes(close, '"', '"', end);
  }

  private void array(int start, int end, Map<String, Json> members) {
    int item = members.containsKey("items") ? rule(literal(members, "items")) : json.value;
    int least = count(members, "minItems").orElse(0);
    int close = rules.newState();
    int open = rules.then(rules.text(start, "["), json.space);
    repeat(
        open, close, least, count(members, "maxItems"), (from, first) -> item(from, first, item));
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
      throw refused("at least %d and at most %d cannot both hold".formatted(least, most.get()));
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

  private void object(int start, int end, Map<String, Json> members) {
    Map<String, Json> properties =
        members.get("properties") instanceof Json.Object(Map<String, Json> named)
            ? named
            : Map.of();
    Set<String> required = Set.copyOf(names(members));
    if (properties.isEmpty()) {
      if (!required.isEmpty()) {
        throw refused("required names " + required + ", which are no properties");
      }
      freeObject(start, end, members.getOrDefault("additionalProperties", new Json.Bool(true)));
      return;
    }
    if (!properties.keySet().containsAll(required)) {
      throw refused("required names " + required + ", of which not all are properties");
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

  private static List<String> names(Map<String, Json> members) {
    List<String> names = new ArrayList<>();
    if (members.get("required") instanceof Json.Array(List<Json> items)) {
      for (Json item : items) {
        names.add(item instanceof Json.Text(String name) ? name : item.write());
      }
    }
    return names;
  }

  private static Optional<Integer> count(Map<String, Json> members, String name) {
    if (!(members.get(name) instanceof Json.Number number)) {
      return Optional.empty();
    }
    int count = number.value().intValue();
    if (count < 0 || count > MOST_COUNTED) {
      throw refused("%s must be 0 to %,d, but is %s".formatted(name, MOST_COUNTED, number.text()));
    }
    return Optional.of(count);
  }

  private static Json literal(Map<String, Json> members, String name) {
    Json value = members.get(name);
    if (value == null) {
      throw refused("'" + name + "' is missing");
    }
    return value;
  }

  private static String text(Map<String, Json> members, String name) {
    return literal(members, name) instanceof Json.Text(String text)
        ? text
        : literal(members, name).write();
  }

  private static List<Json> list(Map<String, Json> members, String name) {
    if (!(members.get(name) instanceof Json.Array(List<Json> items)) || items.isEmpty()) {
      throw refused("'" + name + "' must be a list with something in it");
    }
    return items;
  }
}
