package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.index.TurnIndex;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** With the embedding model that the server has unless it is told otherwise. */
final class MeaningTest {

  /** One turn about an animal among eleven about other things. */
  private static final String SAID =
      Stream.of(
              "The boiler makes a strange noise.",
              "I booked a trip to Bergen.",
              "My tax return is late again.",
              "The museum was closed on Monday.",
              "We adopted a puppy last week.",
              "The train stood still for an hour.",
              "I painted the kitchen yellow.",
              "The exam is in September.",
              "Our internet is slow in the evening.",
              "I bought a bicycle from a colleague.",
              "The bakery raised its prices.",
              "My watch stopped at noon.")
          .map(
              line ->
                  """
                  {"role":"user","content":"%s"}
                  {"role":"assistant","content":"I see."}
                  """
                      .formatted(line))
          .collect(Collectors.joining());

  @TempDir static Path data;
  static RunningServer server;

  @BeforeAll
  static void start() {
    server = new RunningServer(data, "--madeleine.server.embeddings=bge-small");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void recall_questionWithoutAWordInCommon_findsByMeaning() throws Exception {
    HttpResponse<String> taken =
        server.post(
            "/api/conversations/import?conversation=home", SAID, "Content-Type", "text/plain");
    assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
    assertThat(server.part(TurnIndex.class).awaitVectors(60_000)).isTrue();

    JsonNode recall =
        RunningServer.json(
            server.post(
                "/api/conversations/home/recall",
                "{\"question\":\"Is there any dog?\",\"budget\":30}"));

    assertThat(recall.at("/excerpts/0/turn/messages/0/text").asString()).contains("puppy");
    assertThat(recall.at("/excerpts/0/reasons").toString()).contains("meaning");
  }

  @Test
  void embeddings_comeFromTheSameModel() {
    JsonNode answer =
        RunningServer.json(
            server.post("/v1/embeddings", "{\"input\":[\"a dog\",\"a puppy\",\"the boiler\"]}"));

    assertThat(answer.at("/model").asString()).startsWith("bge-small");
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isBetween(5, 20);
    assertThat(product(answer, 0, 0)).isBetween(0.999, 1.001);
    assertThat(product(answer, 0, 1)).isGreaterThan(product(answer, 0, 2));
  }

  private static double product(JsonNode answer, int one, int other) {
    JsonNode a = answer.at("/data/%d/embedding".formatted(one));
    JsonNode b = answer.at("/data/%d/embedding".formatted(other));
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += a.get(i).asDouble() * b.get(i).asDouble();
    }
    return sum;
  }
}
