package io.madeleine.langchain4j.hosted;

import io.madeleine.engine.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON value that is asked by name; what is not there is empty, or 0.
 *
 * @param value any
 */
public record Fields(Json value) {

  private Map<String, Json> members() {
    return value instanceof Json.Object object ? object.members() : Map.of();
  }

  public boolean has(String name) {
    return members().containsKey(name) && members().get(name) != Json.Null.NULL;
  }

  public Fields at(String... names) {
    Fields here = this;
    for (String name : names) {
      here = new Fields(here.members().getOrDefault(name, Json.Null.NULL));
    }
    return here;
  }

  public String text(String name) {
    return at(name).value instanceof Json.Text(String text) ? text : "";
  }

  public double number(String name) {
    return at(name).value instanceof Json.Number number ? number.value().doubleValue() : 0;
  }

  public long count(String name) {
    return (long) number(name);
  }

  public List<Fields> list(String name) {
    return at(name).value instanceof Json.Array(List<Json> items)
        ? items.stream().map(Fields::new).toList()
        : List.of();
  }

  /** {@return the same object with one member more, or another} */
  public Fields with(String name, Json member) {
    var members = new LinkedHashMap<>(members());
    members.put(name, member);
    return new Fields(new Json.Object(members));
  }

  /** {@return the same object with one member less} */
  public Fields without(String name) {
    var members = new LinkedHashMap<>(members());
    members.remove(name);
    return new Fields(new Json.Object(members));
  }
}
