package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Why is this pinned? */
final class PinnedTest {

  private static final List<String> DIALOGUE =
      List.of(
          "My sister is called Zelandra.",
          "I have a parrot called Mopsel.",
          "I play the cello.",
          "My hobby is pottery.",
          "I booked a trip to Bergen.");

  private static final String ASK =
      """
      {"temperature":0,"messages":[{"role":"user","content":"What is the weather in Oslo?"}%s],
       "tools":[{"type":"function","function":{"name":"weather","description":"tells the weather of a city",
         "parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]}
      """;

  @TempDir Path data;

  @Test
  void toolRuns_pageAndApi_sayForHowLongAndWhyUntilItsResultIsThere() {
    try (var server = new RunningServer(data, "--madeleine.kv.lease=10m")) {
      DIALOGUE.forEach(line -> server.say("trip", line));
      assertThat(leases(server)).allMatch(JsonNode::isNull);

      String id = call(server);

      JsonNode waiting = RunningServer.json(server.get("/api/leases")).at("/waiting/0");
      assertThat(waiting.at("/program").asString()).isEqualTo("trip");
      assertThat(waiting.at("/inMemory").asBoolean()).isTrue();
      JsonNode lease = RunningServer.json(server.get("/api/conversations/trip/lease"));
      assertThat(lease.at("/secondsLeft").asDouble()).isBetween(1.0, 600.0);
      assertThat(lease.at("/why").asString()).contains("'weather' runs");
      assertThat(leases(server))
          .isNotEmpty()
          .allSatisfy(
              each ->
                  assertThat(each.at("/why").asString()).isEqualTo(lease.at("/why").asString()));

      bring(server, id);
      assertThat(server.get("/api/conversations/trip/lease").statusCode()).isEqualTo(404);
      assertThat(leases(server)).allMatch(JsonNode::isNull);
      assertThat(RunningServer.json(server.get("/api/leases")).at("/log").toString())
          .contains("GRANTED", "CLAIMED");
    }
  }

  private static List<JsonNode> leases(RunningServer server) {
    JsonNode mind = RunningServer.json(server.get("/api/conversations/trip/mind"));
    return mind.at("/episodes").valueStream().map(episode -> episode.at("/lease")).toList();
  }

  private static String call(RunningServer server) {
    JsonNode answer =
        RunningServer.json(
            server.post(
                "/v1/chat/completions", ASK.formatted(""), "Madeleine-Conversation", "trip"));
    return answer.at("/choices/0/message/tool_calls/0/id").asString();
  }

  private static void bring(RunningServer server, String id) {
    String more =
        """
        ,{"role":"assistant","content":"","tool_calls":[{"id":"%s","type":"function",
           "function":{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}]},
         {"role":"tool","tool_call_id":"%s","content":"rain"}
        """
            .formatted(id, id);
    server.post("/v1/chat/completions", ASK.formatted(more), "Madeleine-Conversation", "trip");
  }
}
