package io.madeleine.server.access;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.json.JsonMapper;

/** A refusal before any controller is reached, in the words that the client expects. */
final class Refusals {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Refusals() {}

  /** {@return a problem detail of RFC 9457} */
  static String problem(HttpStatus status, String detail) {
    var body = new LinkedHashMap<String, Object>();
    body.put("type", "about:blank");
    body.put("title", status.getReasonPhrase());
    body.put("status", status.value());
    body.put("detail", detail);
    return JSON.writeValueAsString(body);
  }

  /** {@return an error in OpenAI's shape} */
  static String openAi(HttpStatus status, String detail) {
    var error = new LinkedHashMap<String, Object>();
    error.put("message", detail);
    error.put("type", type(status));
    error.put("param", null);
    error.put("code", status == HttpStatus.UNAUTHORIZED ? "invalid_api_key" : null);
    return JSON.writeValueAsString(Map.of("error", error));
  }

  private static String type(HttpStatus status) {
    return switch (status) {
      case UNAUTHORIZED -> "authentication_error";
      case TOO_MANY_REQUESTS -> "rate_limit_error";
      default -> "invalid_request_error";
    };
  }
}
