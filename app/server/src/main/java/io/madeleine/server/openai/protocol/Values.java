package io.madeleine.server.openai.protocol;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Single values of a request. */
final class Values {

  private static final int SHOWN = 100;

  private Values() {}

  /** {@return as much of a value as says which it is} */
  static String shown(JsonNode value) {
    String text = value.toString();
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  /** {@return whether it is not there, or says that it is not} */
  static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  /** {@return a number of the body, which is refused by its name where it is out of bounds} */
  static double number(JsonNode body, String name, double ifMissing, double least, double most) {
    JsonNode value = body.path(name);
    if (isAbsent(value)) {
      return ifMissing;
    }
    if (!value.isNumber() || value.asDouble() < least || value.asDouble() > most) {
      throw OpenAiException.invalid(
          name,
          "%s must be a number from %s to %s, but was %s".formatted(name, least, most, value));
    }
    return value.asDouble();
  }

  /** {@return a text, unless it is blank or none} */
  static Optional<String> text(JsonNode value) {
    return value.isString() && !value.asString().isBlank()
        ? Optional.of(value.asString())
        : Optional.empty();
  }
}
