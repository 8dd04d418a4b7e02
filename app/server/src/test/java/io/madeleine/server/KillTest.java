package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A server that dies: at once, or because somebody pressed Ctrl-C in the middle of an answer. */
final class KillTest {

  private static final int CONVERSATIONS = 4;

  /** Minutes; a campaign may have a hundredth of a loaded machine. */
  private static final long PATIENCE = 20;

  @TempDir Path data;

  /** What was acknowledged, by conversation, in its order. */
  private final Map<String, List<String>> acknowledged = new ConcurrentHashMap<>();

  @Test
  void kill_underLoad_everyAcknowledgedTurnIsThere() throws Exception {
    liveAndDie(/* turns= */ 12, /* life= */ 0);
    assertNothingIsMissing();
  }

  @Test
  @Tag("long")
  void kill_twentyTimes_everyAcknowledgedTurnIsThere() throws Exception {
    for (int life = 0; life < 20; life++) {
      liveAndDie(/* turns= */ 20 + 7 * life, life);
      assertNothingIsMissing();
    }
  }

  @Test
  void terminate_whileAnAnswerStreams_letsItEndAndEndsInOrder() throws Exception {
    String body =
        """
        {"temperature":0,"stream":true,"messages":[{"role":"user","content":"Go on."}],
         "response_format":{"type":"json_schema","json_schema":{"name":"long","schema":{"const":"%s"}}}}
        """
            .formatted("word ".repeat(60));
    try (var server = new ChildServer(data);
        var client = HttpClient.newHttpClient()) {
      var response = client.send(ask(server, "", body), BodyHandlers.ofInputStream());
      try (var lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        assertThat(lines.readLine()).startsWith("data: ");
        server.terminate();
        assertThat(String.join("\n", lines.lines().toList())).contains("data: [DONE]");
      }
      assertThat(server.ended()).as("exit status of a terminated program").isEqualTo(143);
    }
    try (var again = new RunningServer(data)) {
      assertThat(again.get("/api/conversations").body()).isEqualTo("[]");
    }
  }

  /** Talks in several conversations at once until some turns are through, and kills. */
  private void liveAndDie(int turns, int life) throws Exception {
    try (var server = new ChildServer(data);
        var client = HttpClient.newHttpClient()) {
      var enough = new CountDownLatch(turns);
      var over = new AtomicBoolean();
      var talking = new ArrayList<Thread>();
      for (int each = 0; each < CONVERSATIONS; each++) {
        String conversation = "talk-" + each;
        talking.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      for (int said = 0; !over.get(); said++) {
                        String text = "The code of box %d is %d.".formatted(life, said);
                        if (!acknowledged(client, server, conversation, text)) {
                          return;
                        }
                        enough.countDown();
                      }
                    }));
      }
      assertThat(enough.await(PATIENCE, TimeUnit.MINUTES))
          .as("%d turns in %d minutes", turns, PATIENCE)
          .isTrue();
      server.kill();
      over.set(true);
      for (Thread each : talking) {
        each.join();
      }
    }
  }

  private boolean acknowledged(
      HttpClient client, ChildServer server, String conversation, String text) {
    String body =
        "{\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}".formatted(text);
    try {
      if (client.send(ask(server, conversation, body), BodyHandlers.ofString()).statusCode()
          != 200) {
        return false;
      }
      acknowledged.computeIfAbsent(conversation, _ -> new ArrayList<>()).add(text);
      return true;
    } catch (IOException e) {
      return false; // killed: not acknowledged
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static HttpRequest ask(ChildServer server, String conversation, String body) {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://localhost:%d/v1/chat/completions".formatted(server.port())))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    if (!conversation.isEmpty()) {
      request.header("Madeleine-Conversation", conversation);
    }
    return request.build();
  }

  private void assertNothingIsMissing() {
    try (var server = new RunningServer(data)) {
      acknowledged.forEach(
          (conversation, texts) -> {
            var found = new ArrayList<String>();
            for (JsonNode turn :
                RunningServer.json(
                    server.get("/api/conversations/" + conversation + "/turns?newest=10000"))) {
              found.add(turn.at("/messages/0/text").asString());
            }
            assertThat(found).containsSubsequence(texts);
          });
      assertThat(server.say("talk-0", "I have a parrot called Mopsel.")).isNotEmpty();
    }
    acknowledged
        .computeIfAbsent("talk-0", _ -> new ArrayList<>())
        .add("I have a parrot called Mopsel.");
  }
}
