package io.madeleine.engine.grammar;

import io.madeleine.engine.json.Json;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The keywords of one schema, read strictly: what has a value that it cannot have is refused by
 * name, and so is a keyword that nobody asked for.
 *
 * @param members by name
 */
record Keywords(Map<String, Json> members) {
  private static final int MOST_COUNTED = 4_096;
  private static final int LONGEST_NUMBER = 100;

  /** What says something about a value, and forbids none. */
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "title",
          "description",
          "default",
          "example",
          "examples",
          "format",
          "contentMediaType",
          "contentEncoding",
          "contentSchema",
          "discriminator",
          "externalDocs",
          "xml",
          "$schema",
          "$id",
          "$anchor",
          "$comment",
          "$defs",
          "definitions",
          "deprecated",
          "readOnly",
          "writeOnly",
          "nullable",
          "strict");

  private static final String EXTENSION = "x-";

  boolean has(String name) {
    return members.containsKey(name);
  }

  /** Refuses every keyword but {@code known} ones: an answer would otherwise break it. */
  void only(Set<String> known) {
    for (String name : members.keySet()) {
      if (!known.contains(name) && !ANNOTATIONS.contains(name) && !name.startsWith(EXTENSION)) {
        throw refused("the keyword '" + name + "' is not supported here");
      }
    }
  }

  Json literal(String name) {
    Json value = members.get(name);
    if (value == null) {
      throw refused("'" + name + "' is missing");
    }
    return value;
  }

  String text(String name) {
    return literal(name) instanceof Json.Text(String text) ? text : literal(name).write();
  }

  /** {@return a list that has something in it} */
  List<Json> list(String name) {
    if (!(members.get(name) instanceof Json.Array(List<Json> items)) || items.isEmpty()) {
      throw refused("'" + name + "' must be a list with something in it");
    }
    return items;
  }

  /** {@return the texts of a list, none if it is not there} */
  List<String> texts(String name) {
    if (!has(name)) {
      return List.of();
    }
    if (!(members.get(name) instanceof Json.Array(List<Json> items))) {
      throw refused("'" + name + "' must be a list, but is " + literal(name).write());
    }
    return items.stream().map(i -> i instanceof Json.Text(String text) ? text : i.write()).toList();
  }

  /** {@return the members of an object, none if it is not there} */
  Map<String, Json> object(String name) {
    if (!has(name)) {
      return Map.of();
    }
    if (!(members.get(name) instanceof Json.Object(Map<String, Json> named))) {
      throw refused("'" + name + "' must be an object, but is " + literal(name).write());
    }
    return named;
  }

  Optional<Integer> count(String name) {
    return number(name).map(value -> count(name, value));
  }

  private static int count(String name, BigDecimal value) {
    boolean counts =
        value.stripTrailingZeros().scale() <= 0
            && value.signum() >= 0
            && value.compareTo(BigDecimal.valueOf(MOST_COUNTED)) <= 0;
    if (!counts) {
      throw refused("%s must be 0 to %,d, but is %s".formatted(name, MOST_COUNTED, value));
    }
    return value.intValueExact();
  }

  /** {@return an exact number, short enough to compute with} */
  Optional<BigDecimal> number(String name) {
    if (!has(name)) {
      return Optional.empty();
    }
    if (!(members.get(name) instanceof Json.Number number)) {
      throw refused("'%s' must be a number, but is %s".formatted(name, literal(name).write()));
    }
    return Optional.of(
        exact(number)
            .orElseThrow(
                () ->
                    refused(
                        "'%s' is a number of more than %d digits"
                            .formatted(name, LONGEST_NUMBER))));
  }

  private static Optional<BigDecimal> exact(Json.Number number) {
    if (number.text().length() > LONGEST_NUMBER) {
      return Optional.empty();
    }
    try {
      BigDecimal value = number.value();
      // Few characters spell as many digits as they like: 1e999999999.
      return Optional.of(value).filter(v -> Math.abs((long) v.scale()) <= LONGEST_NUMBER);
    } catch (NumberFormatException e) { // an exponent beyond that of any number
      return Optional.empty();
    }
  }

  static IllegalArgumentException refused(String problem) {
    return new IllegalArgumentException(
        "this schema cannot be enforced: %s. Take it out or say it in words".formatted(problem));
  }
}
