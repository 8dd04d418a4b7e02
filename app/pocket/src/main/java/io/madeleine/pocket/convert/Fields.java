package io.madeleine.pocket.convert;

import io.madeleine.engine.json.Json;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** A JSON object whose fields have to be there. */
record Fields(Map<String, Json> members) {

  static Fields of(Json json) {
    if (json instanceof Json.Object object) {
      return new Fields(object.members());
    }
    throw new IllegalArgumentException("a JSON object was expected, but found " + json.write());
  }

  Fields object(String name) {
    return of(field(name));
  }

  String string(String name) {
    return text(name, field(name));
  }

  int integer(String name) {
    return number(name, field(name)).intValueExact();
  }

  float real(String name) {
    return number(name, field(name)).floatValue();
  }

  List<String> strings(String name) {
    return items(name).stream().map(item -> text(name, item)).toList();
  }

  List<Integer> integers(String name) {
    return items(name).stream().map(item -> number(name, item).intValueExact()).toList();
  }

  private Json field(String name) {
    Json field = members.get(name);
    if (field == null) {
      throw new IllegalArgumentException(
          "the field '%s' is missing; there are %s".formatted(name, members.keySet()));
    }
    return field;
  }

  private List<Json> items(String name) {
    if (field(name) instanceof Json.Array array) {
      return array.items();
    }
    throw wrong(name, "a list");
  }

  private static String text(String name, Json json) {
    if (json instanceof Json.Text text) {
      return text.value();
    }
    throw wrong(name, "a text");
  }

  private static BigDecimal number(String name, Json json) {
    if (json instanceof Json.Number number) {
      return number.value();
    }
    throw wrong(name, "a number");
  }

  private static IllegalArgumentException wrong(String name, String wanted) {
    return new IllegalArgumentException("the field '%s' should be %s".formatted(name, wanted));
  }
}
