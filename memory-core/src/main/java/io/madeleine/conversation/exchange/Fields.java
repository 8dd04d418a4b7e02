package io.madeleine.conversation.exchange;

import io.madeleine.engine.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An object whose members may be missing, or null, which is the same. A member of another type than
 * it is asked for is refused by name and value: passed over, it would be lost without a word.
 *
 * @param object the members
 * @param path where it is in what surrounds it, empty for the whole
 */
record Fields(Json.Object object, String path) {

  private static final int SHOWN = 100;

  Optional<Json> find(String name) {
    return object.find(name).filter(value -> value != Json.Null.NULL);
  }

  /** A number counts as its text: many count their ids. */
  Optional<String> text(String name) {
    return find(name).map(value -> asText(name, value));
  }

  private String asText(String name, Json value) {
    return switch (value) {
      case Json.Text(String text) -> text;
      case Json.Number(String text) -> text;
      default -> throw refused(name, "a string or a number", value);
    };
  }

  boolean flag(String name) {
    return find(name)
        .map(
            value -> {
              if (value instanceof Json.Bool(boolean set)) {
                return set;
              }
              throw refused(name, "true or false", value);
            })
        .orElse(false);
  }

  Optional<Fields> object(String name) {
    return find(name).map(value -> asObject(name, value));
  }

  private Fields asObject(String name, Json value) {
    if (value instanceof Json.Object inner) {
      return new Fields(inner, member(name));
    }
    throw refused(name, "an object", value);
  }

  List<Fields> objects(String name) {
    Optional<Json> list = find(name);
    if (list.isEmpty()) {
      return List.of();
    }
    if (!(list.get() instanceof Json.Array(List<Json> items))) {
      throw refused(name, "a list of objects", list.get());
    }
    var objects = new ArrayList<Fields>();
    for (Json item : items) {
      objects.add(asObject("%s[%d]".formatted(name, objects.size()), item));
    }
    return objects;
  }

  Map<String, String> texts(String name) {
    var texts = new LinkedHashMap<String, String>();
    object(name)
        .ifPresent(
            inner ->
                inner
                    .object()
                    .members()
                    .keySet()
                    .forEach(key -> inner.text(key).ifPresent(text -> texts.put(key, text))));
    return texts;
  }

  /** {@return what says that member {@code name} is {@code value} and must be something else} */
  IllegalArgumentException refused(String name, String must, Json value) {
    return new IllegalArgumentException(
        "%s must be %s, but was %s".formatted(member(name), must, shown(value)));
  }

  private String member(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** As much of a value as says which it is. */
  static String shown(Json value) {
    String text = value.write();
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
