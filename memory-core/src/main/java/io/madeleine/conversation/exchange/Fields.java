package io.madeleine.conversation.exchange;

import io.madeleine.engine.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An object whose members may be missing. */
record Fields(Json.Object object) {

  Optional<String> text(String name) {
    return object.find(name).flatMap(Fields::asText);
  }

  private static Optional<String> asText(Json json) {
    return switch (json) {
      case Json.Text(String value) -> Optional.of(value);
      case Json.Number(String value) -> Optional.of(value);
      default -> Optional.empty();
    };
  }

  boolean flag(String name) {
    return object.find(name).filter(new Json.Bool(true)::equals).isPresent();
  }

  List<Fields> objects(String name) {
    return object
        .find(name)
        .filter(Json.Array.class::isInstance)
        .map(
            list ->
                ((Json.Array) list)
                    .items().stream()
                        .filter(Json.Object.class::isInstance)
                        .map(item -> new Fields((Json.Object) item))
                        .toList())
        .orElse(List.of());
  }

  Map<String, String> texts(String name) {
    var texts = new LinkedHashMap<String, String>();
    object
        .find(name)
        .filter(Json.Object.class::isInstance)
        .ifPresent(
            inner ->
                ((Json.Object) inner)
                    .members()
                    .forEach(
                        (key, value) -> asText(value).ifPresent(text -> texts.put(key, text))));
    return texts;
  }
}
