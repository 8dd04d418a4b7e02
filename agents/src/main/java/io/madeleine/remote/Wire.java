package io.madeleine.remote;

import io.madeleine.engine.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** JSON over HTTP. */
record Wire(HttpClient client, URI base) {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  Json post(String path, Json body) {
    return send("POST", path, body.write());
  }

  Json delete(String path, Json body) {
    return send("DELETE", path, body.write());
  }

  Json get(String path) {
    return send("GET", path, "");
  }

  private Json send(String method, String path, String body) {
    String what = "%s %s%s".formatted(method, base, path);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      if (response.statusCode() / 100 != 2) {
        throw new RemoteEngineException(what, response.statusCode(), response.body());
      }
      return response.body().isBlank() ? Json.Null.NULL : Json.parse(response.body());
    } catch (IOException e) {
      throw new RemoteEngineException(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RemoteEngineException(what, e);
    }
  }

  static Json object(Object... namesAndValues) {
    var members = new LinkedHashMap<String, Json>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      members.put((String) namesAndValues[i], json(namesAndValues[i + 1]));
    }
    return new Json.Object(members);
  }

  private static Json json(Object value) {
    return switch (value) {
      case Json json -> json;
      case String text -> new Json.Text(text);
      case Boolean bool -> new Json.Bool(bool);
      case Number number -> new Json.Number(number.toString());
      case int[] tokens ->
          new Json.Array(
              Arrays.stream(tokens)
                  .<Json>mapToObj(token -> new Json.Number(Integer.toString(token)))
                  .toList());
      default -> throw new IllegalArgumentException("no JSON: " + value.getClass());
    };
  }

  static Json at(Json json, String name) {
    return json instanceof Json.Object(Map<String, Json> members)
        ? members.getOrDefault(name, Json.Null.NULL)
        : Json.Null.NULL;
  }

  static int count(Json json, String name) {
    return at(json, name) instanceof Json.Number number ? number.value().intValue() : 0;
  }

  static List<Json> items(Json json) {
    return json instanceof Json.Array(List<Json> items) ? items : List.of();
  }

  /** {@return what only somebody with the secret can say of this text} */
  static String keyed(String secret, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256; should not happen", e);
    }
  }
}
