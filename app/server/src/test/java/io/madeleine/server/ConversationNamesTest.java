package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Whatever a conversation is called: who began it can see it and make it go. */
final class ConversationNamesTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir static Path data;
  static RunningServer server;

  @BeforeAll
  static void start() {
    server = new RunningServer(data);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/b",
        "a\\b",
        "100%",
        "ä;b",
        "a%2Fb",
        "a/../b",
        "...",
        "/",
        " a",
        "a?b#c",
        "Разговор",
        "🍰"
      })
  void conversation_ofAnyName_isSeenExportedAndForgotten(String name) {
    assertThat(say("metadata", name).statusCode()).isEqualTo(200);

    HttpResponse<String> turns = server.get(path(name) + "/turns");
    assertThat(turns.statusCode()).as(turns.body()).isEqualTo(200);
    assertThat(RunningServer.json(turns).size()).isOne();
    assertThat(RunningServer.json(server.get(path(name) + "/mind")).at("/conversation").asString())
        .isEqualTo(name);
    assertThat(RunningServer.json(server.get("/api/conversations")).findValuesAsString("id"))
        .contains(name);
    HttpResponse<String> export = server.get(path(name) + "/export");
    assertThat(export.statusCode()).isEqualTo(200);
    assertThat(export.body()).contains("cello");
    assertThat(server.post(path(name) + "/recall", "{\"question\":\"cello\"}").statusCode())
        .isEqualTo(200);
    assertThat(server.delete(path(name)).statusCode()).isEqualTo(200);
    assertThat(server.delete(path(name)).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "a\0b"})
  void conversation_ofANameThatNoPathCanHave_isRefusedWithARemedy(String name) {
    for (String by : List.of("metadata", "user")) {
      HttpResponse<String> said = say(by, name);
      assertThat(said.statusCode()).isEqualTo(400);
      assertThat(said.body()).contains(name.replace("\0", "\\\\0"), "path");
    }
    String line =
        JSON.createObjectNode()
            .put("conversation", name)
            .put("role", "user")
            .put("content", "I play the cello.")
            .toString();
    String before = line.replace(JSON.writeValueAsString(name), "\"before\"");
    HttpResponse<String> imported =
        server.post("/api/conversations/import", before + "\n" + line + "\n");

    assertThat(imported.statusCode()).isEqualTo(400);
    assertThat(RunningServer.json(imported).at("/detail").asString()).contains("path");
    assertThat(RunningServer.json(server.delete("/api/conversations/before")).isEmpty())
        .as("what came before the mistake stays")
        .isFalse();
    assertThat(RunningServer.json(server.get("/api/conversations")).findValuesAsString("id"))
        .doesNotContain(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"turns", "mind", "episodes/x", "export", "lease"})
  void conversation_ofANameThatIsTooLong_isRefusedAlikeEverywhere(String what) {
    HttpResponse<String> refused = server.get(path("a".repeat(201)) + "/" + what);

    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    assertThat(RunningServer.json(refused).at("/detail").asString())
        .contains("200 characters", "has 201");
  }

  @Test
  void conversation_namedInAHeader_isTheOneOfThatNameInUtf8OrLatin1() throws Exception {
    assertThat(askUnder("Разговор", StandardCharsets.UTF_8)).contains(" 200");
    assertThat(askUnder("Gespräch", StandardCharsets.UTF_8)).contains(" 200");
    assertThat(askUnder("Gespräch", StandardCharsets.ISO_8859_1)).contains(" 200");

    assertThat(RunningServer.json(server.get(path("Разговор") + "/turns")).size()).isOne();
    assertThat(RunningServer.json(server.get(path("Gespräch") + "/turns")).size()).isEqualTo(2);
    assertThat(server.delete(path("Разговор")).statusCode()).isEqualTo(200);
    assertThat(server.delete(path("Gespräch")).statusCode()).isEqualTo(200);
  }

  @Test
  void conversation_blankInTheHeader_isTheOneThatTheBodyNamesOrNone() throws Exception {
    for (String blank : List.of("", " ")) {
      assertThat(askUnder(blank, StandardCharsets.UTF_8)).contains(" 200");
    }
    String body =
        "{\"temperature\":0,\"user\":\"in the body\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello.\"}]}";
    assertThat(server.post("/v1/chat/completions", body, "Madeleine-Conversation", "").statusCode())
        .isEqualTo(200);

    assertThat(RunningServer.json(server.get("/api/conversations")).findValuesAsString("id"))
        .contains("in the body")
        .noneMatch(String::isBlank);
    assertThat(server.delete(path("in the body")).statusCode()).isEqualTo(200);
  }

  private static HttpResponse<String> say(String by, String name) {
    var body = JSON.createObjectNode().put("temperature", 0);
    body.putArray("messages").addObject().put("role", "user").put("content", "I play the cello.");
    if (by.equals("metadata")) {
      body.putObject("metadata").put("conversation", name);
    } else {
      body.put(by, name);
    }
    return server.post("/v1/chat/completions", body.toString());
  }

  private static String path(String name) {
    return "/api/conversations/"
        + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Writes the header's bytes itself; {@return the first line of the response} */
  private static String askUnder(String name, Charset charset) throws IOException {
    String body = "{\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"Hello.\"}]}";
    var request = new ByteArrayOutputStream();
    request.writeBytes(
        """
        POST /v1/chat/completions HTTP/1.1\r
        Host: localhost:%d\r
        Connection: close\r
        Content-Type: application/json\r
        Content-Length: %d\r
        Madeleine-Conversation: %s\r
        \r
        %s"""
            .formatted(server.port(), body.length(), name, body)
            .getBytes(charset));
    try (var socket = new Socket("localhost", server.port())) {
      socket.setSoTimeout((int) Duration.ofMinutes(1).toMillis());
      request.writeTo(socket.getOutputStream());
      var answer = new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8);
      return String.join("\n", new BufferedReader(answer).readAllLines());
    }
  }
}
