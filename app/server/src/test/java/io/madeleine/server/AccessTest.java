package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.server.access.ApiKeys;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AccessTest {

  @TempDir Path folder;

  @Test
  void keys_twoTenantsWithEqualConversationIds_neverMeet() throws Exception {
    Path file = folder.resolve("keys");
    String ada = ApiKeys.create(file, new Tenant("ada"), new SecureRandom());
    String bob = ApiKeys.create(file, new Tenant("bob"), new SecureRandom());
    assertThat(Files.readString(file)).doesNotContain(ada).doesNotContain(bob);
    try (var server =
        new RunningServer(folder.resolve("data"), "--madeleine.server.keys=" + file)) {
      String body =
          "{\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"The safe code is 9917.\"}]}";
      HttpResponse<String> said =
          server.post(
              "/v1/chat/completions",
              body,
              "Authorization",
              "Bearer " + ada,
              "Madeleine-Conversation",
              "one");

      assertThat(said.statusCode()).isEqualTo(200);
      assertThat(server.get("/api/conversations", "Authorization", "Bearer " + ada).body())
          .contains("one");
      assertThat(server.get("/api/conversations", "Authorization", "Bearer " + bob).body())
          .isEqualTo("[]");
      assertThat(
              server.get("/api/conversations/one/turns", "Authorization", "Bearer " + bob).body())
          .isEqualTo("[]");
      for (String path : List.of("/api/status", "/api/conversations/one/mind")) {
        assertThat(
                RunningServer.json(server.get(path, "Authorization", "Bearer " + ada))
                    .at("/memory")
                    .isNull())
            .as("%s would tell what others use", path)
            .isTrue();
      }
      for (String path : List.of("", "/ada", "/ada/one")) {
        assertThat(
                server
                    .get("/actuator/madeleine" + path, "Authorization", "Bearer " + bob)
                    .statusCode())
            .isEqualTo(403);
      }
      assertThat(server.get("/actuator/health/liveness").body()).isEqualTo("{\"status\":\"UP\"}");
      assertThat(
              server
                  .delete("/api/conversations/one", "Authorization", "Bearer " + bob)
                  .statusCode())
          .isEqualTo(404);
      String prefix =
          "{\"temperature\":0,\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"The safe code is 9917. And more.\"}]}";
      server.post("/v1/chat/completions", prefix, "Authorization", "Bearer " + ada);
      assertThat(
              RunningServer.json(
                      server.post("/v1/chat/completions", prefix, "Authorization", "Bearer " + bob))
                  .at("/usage/prompt_tokens_details/cached_tokens")
                  .asInt())
          .as("a prefix of another tenant must not even be noticed")
          .isZero();
    }
  }

  @Test
  void keys_aTenant_isNotToldWhereTheStoreIs() {
    Path file = folder.resolve("keys");
    String key = "Bearer " + ApiKeys.create(file, new Tenant("ada"), new SecureRandom());
    String keys = "--madeleine.server.keys=" + file;
    String line = "{\"role\":\"user\",\"content\":\"The safe code is 9917.\"}";
    String importing = "/api/conversations/import";
    try (var server = new RunningServer(folder.resolve("data"), keys)) {
      HttpResponse<String> status = server.get("/api/status", "Authorization", key);
      assertThat(RunningServer.json(status).at("/store").isNull()).isTrue();
      assertThat(server.post(importing, line, "Authorization", key).statusCode()).isEqualTo(200);
      server.part(TurnIndex.class).close();
      HttpResponse<String> failed =
          server.delete("/api/conversations/imported", "Authorization", key);
      assertThat(failed.statusCode()).isEqualTo(500);
      saysNoMoreThanThatTheLogDoes(failed);
    }
    try (var server = new RunningServer(folder.resolve("data"), keys)) {
      server.part(TurnLog.class).close();
      HttpResponse<String> failed = server.post(importing, line, "Authorization", key);
      assertThat(failed.statusCode()).isEqualTo(507);
      saysNoMoreThanThatTheLogDoes(failed);
      saysNoMoreThanThatTheLogDoes(
          server.post(importing + "?progress", line, "Authorization", key));
    }
  }

  private void saysNoMoreThanThatTheLogDoes(HttpResponse<String> failed) {
    assertThat(failed.body()).contains("its log says why").doesNotContain(folder.toString());
  }

  @Test
  void key_underItsSchemeInAnyCase_opens() {
    Path file = folder.resolve("keys");
    String key = ApiKeys.create(file, new Tenant("ada"), new SecureRandom());
    try (var server =
        new RunningServer(folder.resolve("data"), "--madeleine.server.keys=" + file)) {
      for (String scheme : List.of("Bearer ", "bearer ", "BEARER  ")) {
        assertThat(server.get("/v1/models", "Authorization", scheme + key).statusCode())
            .as(scheme)
            .isEqualTo(200);
      }
      for (String none : List.of("", "Basic ", "Bearer")) {
        assertThat(server.get("/v1/models", "Authorization", none + key).statusCode())
            .as(none)
            .isEqualTo(401);
      }
    }
  }

  @Test
  void request_withoutOrWithAWrongKey_isRefusedInTheShapeOfItsProtocol() {
    Path file = folder.resolve("keys");
    assertThat(ApiKeys.create(file, new Tenant("ada"), new SecureRandom())).startsWith("mk-");
    try (var server =
        new RunningServer(folder.resolve("data"), "--madeleine.server.keys=" + file)) {
      assertThat(server.get("/v1/models").statusCode()).isEqualTo(401);
      assertThat(RunningServer.json(server.get("/v1/models")).at("/error/code").asString())
          .isEqualTo("invalid_api_key");
      HttpResponse<String> refused =
          server.get("/api/conversations", "Authorization", "Bearer mk-wrong");
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
      assertThat(server.get("/").statusCode()).as("the page itself is public").isEqualTo(200);
    }
  }

  @Test
  void request_manyOrLarge_isRefusedWithTheBound() {
    try (var server =
        new RunningServer(
            folder.resolve("data"),
            "--madeleine.server.requests=3",
            "--madeleine.server.body=10KB")) {
      HttpResponse<String> large = server.post("/v1/chat/completions", "x".repeat(20_000));
      assertThat(large.statusCode()).isEqualTo(413);
      assertThat(large.body())
          .contains("20,000 bytes", "10,240", "send it in parts", "madeleine.server.body");
      HttpResponse<String> endless =
          server.postChunked("/v1/chat/completions", "\"%s\"".formatted("x".repeat(20_000)));
      assertThat(endless.body()).contains("10,240", "send it in parts", "madeleine.server.body");
      assertThat(RunningServer.json(large).at("/error/type").asString())
          .as("trying again would not help")
          .isEqualTo("invalid_request_error");
      for (int i = 1; i < 3; i++) {
        assertThat(server.get("/v1/models").statusCode()).isEqualTo(200);
      }
      HttpResponse<String> tooMany = server.get("/v1/models");
      assertThat(tooMany.statusCode()).isEqualTo(429);
      String wait = tooMany.headers().firstValue("Retry-After").orElseThrow();
      assertThat(tooMany.body())
          .contains("3 requests in 60 s: try again in " + wait + " s", "madeleine.server.requests");
      assertThat(RunningServer.json(tooMany).at("/error/type").asString())
          .isEqualTo("rate_limit_error");
    }
  }

  @Test
  void request_fromAPageOfAnotherSite_isRefused() {
    try (var server = new RunningServer(folder.resolve("data"))) {
      assertThat(server.get("/api/conversations", "Sec-Fetch-Site", "cross-site").statusCode())
          .isEqualTo(401);
      assertThat(server.get("/").headers().firstValue("Content-Security-Policy")).isPresent();
    }
  }

  @Test
  void request_underANameThatOnlyBeginsLikeThisMachine_isRefused() throws Exception {
    try (var server = new RunningServer(folder.resolve("data"))) {
      for (String name : List.of("127.0.0.1.evil.com", "127.evil.com", "evil.com")) {
        assertThat(firstLine(server.port(), name)).as(name).contains(" 401");
      }
      for (String name : List.of("127.0.0.1", "127.1.2.3", "localhost", "[::1]")) {
        assertThat(firstLine(server.port(), name)).as(name).contains(" 200");
      }
    }
  }

  /**
   * {@return how a server on this machine answers somebody whose browser knows it as {@code name}}
   */
  private static String firstLine(int port, String name) throws IOException {
    try (var socket = new Socket("localhost", port)) {
      socket.setSoTimeout((int) Duration.ofMinutes(1).toMillis());
      socket
          .getOutputStream()
          .write(
              """
              GET /api/conversations HTTP/1.1\r
              Host: %s:%d\r
              Connection: close\r
              \r
              """
                  .formatted(name, port)
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%2Fapi/conversations",
        "/api%2Fconversations",
        "/js%2F..%2Fapi/conversations",
        "/js/..%2F..%2Fapi/conversations",
        "/%5Capi/conversations",
        "/js%5C..%5Capi/conversations",
        "/%2e%2e%2Fapi/conversations",
        "/x%2F/%2Fapi/conversations",
        "/%2Fv1/models",
        "/%2Factuator/madeleine",
        "/js/..%2F..%2Fapplication.properties",
      })
  void request_onAPathWithEncodedSlashes_getsPastNoDoor(String path) {
    Path file = folder.resolve("keys");
    assertThat(ApiKeys.create(file, new Tenant("ada"), new SecureRandom())).startsWith("mk-");
    try (var server =
        new RunningServer(folder.resolve("data"), "--madeleine.server.keys=" + file)) {
      assertThat(server.get(path).statusCode()).isIn(400, 401, 403, 404);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--management.endpoints.web.base-path=/manage, '', /manage",
    "--management.endpoints.web.base-path=/, '', ''",
    "--management.endpoints.web.base-path=/api/manage, '', /api/manage",
    "--spring.mvc.servlet.path=/app, /app, /app/actuator",
  })
  void actuator_whereverItIsMoved_opensForNoTenant(String setting, String before, String base) {
    Path file = folder.resolve("keys");
    String key = "Bearer " + ApiKeys.create(file, new Tenant("ada"), new SecureRandom());
    try (var server =
        new RunningServer(folder.resolve("data"), "--madeleine.server.keys=" + file, setting)) {
      for (String path : List.of("/madeleine", "/madeleine/ada", "/metrics", "/health")) {
        assertThat(server.get(base + path).statusCode()).as(path).isEqualTo(403);
        assertThat(server.get(base + path, "Authorization", key).statusCode()).isEqualTo(403);
      }
      assertThat(server.get(base + "/health/liveness").body()).isEqualTo("{\"status\":\"UP\"}");
      String api = before + "/api/conversations";
      assertThat(server.get(api).statusCode()).isEqualTo(401);
      assertThat(server.get(api, "Authorization", key).body()).isEqualTo("[]");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nobody yet\n\n"})
  void start_fileWithoutAKey_isRefusedWithARemedy(String text) throws Exception {
    Path file = Files.writeString(folder.resolve("keys"), text);

    assertThatThrownBy(
            () ->
                new RunningServer(folder.resolve("data"), "--madeleine.server.keys=" + file)
                    .close())
        .hasStackTraceContaining("there is no key in " + file)
        .hasStackTraceContaining("./madeleine key --tenant NAME --file " + file);
  }

  @Test
  void start_openToTheWorldWithoutKeys_isRefusedWithARemedy() {
    assertThatThrownBy(
            () -> new RunningServer(folder.resolve("data"), "--server.address=0.0.0.0").close())
        .hasStackTraceContaining("./madeleine key");
  }
}
