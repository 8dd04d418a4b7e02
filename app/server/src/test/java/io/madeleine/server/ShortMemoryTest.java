package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Answers from messages have less memory than the model's context would take. */
final class ShortMemoryTest {

  @TempDir static Path data;
  private static RunningServer server;

  @BeforeAll
  static void start() {
    server = new RunningServer(data, "--madeleine.kv.memory=2MB");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static int held() {
    return server.part(Completions.class).contextLength();
  }

  @Test
  void status_tellsWhatTheMemoryHolds() {
    assertThat(held()).isLessThan(server.part(ReadyModel.class).contextLength());
    assertThat(RunningServer.json(server.get("/api/status")).at("/contextTokens").asInt())
        .isEqualTo(held());
  }

  @Test
  void chat_memoryEndsBeforeTheAnswer_finishesWithLength() {
    String text = "word ".repeat(held());
    JsonNode answer = RunningServer.json(ask(text, /* stream= */ false));

    assertThat(answer.at("/choices/0/finish_reason").asString()).isEqualTo("length");
    assertThat(answer.at("/choices/0/message/content").asString()).startsWith("\"word word");
    assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(held());
    assertThat(ask(text, /* stream= */ true).body())
        .contains("\"finish_reason\":\"length\"", "[DONE]")
        .doesNotContain("\"error\"");
  }

  /** Whatever is asked is answered with this text. */
  private static HttpResponse<String> ask(String text, boolean stream) {
    return server.post(
        "/v1/chat/completions",
        """
        {"temperature":0,"stream":%b,"messages":[{"role":"user","content":"Go on."}],
         "response_format":{"type":"json_schema","json_schema":{"name":"long","schema":{"const":"%s"}}}}
        """
            .formatted(stream, text));
  }

  @Test
  void chat_promptThatTheMemoryNeverHolds_namesThePropertyAndIsNotToBeAskedAgain() {
    String body =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}".formatted("word ".repeat(300));
    HttpResponse<String> response = server.post("/v1/chat/completions", body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(response.headers().firstValue("Retry-After")).isEmpty();
    JsonNode error = RunningServer.json(response).at("/error");
    assertThat(error.at("/code").asString()).isEqualTo("context_length_exceeded");
    assertThat(error.at("/message").asString())
        .contains("the memory for keys and values holds %d".formatted(held() - 1))
        .containsPattern("a quarter of madeleine.kv.memory: set it to [2-9]MB or more");
  }
}
