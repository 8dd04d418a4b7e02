package io.madeleine.engine.json;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A JSON value. Immutable; objects keep the order of their members. */
public sealed interface Json {

  /** {@code null}. */
  enum Null implements Json {
    /** The only one. */
    NULL
  }

  /**
   * {@code true} or {@code false}.
   *
   * @param value which of them
   */
  record Bool(boolean value) implements Json {}

  /**
   * A number, as it was written.
   *
   * @param text its text, valid by RFC 8259
   */
  record Number(String text) implements Json {

    /** {@return the exact value} */
    public BigDecimal value() {
      return new BigDecimal(text);
    }

    /** {@return whether it is written without a fraction and an exponent} */
    public boolean isIntegral() {
      return text.indexOf('.') < 0 && text.indexOf('e') < 0 && text.indexOf('E') < 0;
    }
  }

  /**
   * A string.
   *
   * @param value its characters, unescaped
   */
  record Text(String value) implements Json {}

  /**
   * A list.
   *
   * @param items its values in order
   */
  record Array(List<Json> items) implements Json {
    public Array {
      items = List.copyOf(items);
    }
  }

  /**
   * An object.
   *
   * @param members its values by name, in the order in which they were written
   */
  record Object(Map<String, Json> members) implements Json {
    public Object {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /** {@return the member called {@code name}, if there is one} */
    public Optional<Json> find(String name) {
      return Optional.ofNullable(members.get(name));
    }
  }

  /**
   * {@return the value that {@code text} spells}
   *
   * @throws JsonException if it is not one JSON value and nothing else
   */
  static Json parse(String text) {
    return new JsonParser(text).whole();
  }

  /**
   * {@return the value at {@code from} and where it ends}
   *
   * @param text may go on behind the value
   * @param from where the value starts, after white space
   * @throws JsonException if there is no JSON value
   */
  static Prefix parsePrefix(String text, int from) {
    return new JsonParser(text).prefix(from);
  }

  /**
   * A value at the start of a longer text.
   *
   * @param value the value
   * @param end behind its last character
   */
  record Prefix(Json value, int end) {}

  /** {@return this value as text, without white space} */
  default String write() {
    return JsonWriter.COMPACT.write(this);
  }
}
