package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.TurnIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversation in which tools are offered: it is remembered, and can be forgotten. */
final class ToolTurnsTest {

  private static final ConversationKey TRIP = ConversationKey.of("test", "trip");
  private static final String PATH = "/api/conversations/trip";
  private static final String WEATHER =
      "{\"role\":\"user\",\"content\":\"What is the weather in Oslo?\"}";

  @TempDir Path data;

  @Test
  void answer_withoutACall_isRememberedWithWhatWasAskedLast() {
    try (var server = new RunningServer(data)) {
      ask(
          server,
          """
          {"role":"system","content":"Be brief."},{"role":"user","content":"I play the cello."},
          {"role":"assistant","content":"I see."},{"role":"user","content":"The garage code is 4821."}
          """,
          /* stream= */ false);
      ask(server, "{\"role\":\"user\",\"content\":\"My hobby is pottery.\"}", /* stream= */ true);

      assertThat(turns(server)).containsExactly("user,assistant", "user,assistant");
      assertThat(server.get(PATH + "/turns").body()).contains("4821").doesNotContain("cello");
      assertThat(server.say("trip", "What is the garage code?"))
          .isEqualTo("The garage code is 4821.");
      assertThat(RunningServer.json(server.get(PATH + "/mind")).at("/turns").asInt()).isEqualTo(3);
    }
  }

  @Test
  void answer_withACall_isRememberedWithItsRoundOnceItIsOver() {
    try (var server = new RunningServer(data)) {
      String id = callIn(ask(server, WEATHER, /* stream= */ false));
      assertThat(turns(server)).isEmpty();

      ask(server, WEATHER + round(id), /* stream= */ false);

      assertThat(turns(server)).containsExactly("user,assistant,tool,assistant");
      assertThat(server.say("trip", "I have a parrot called Mopsel.")).isNotBlank();
      assertThat(RunningServer.json(server.get(PATH + "/mind")).at("/turns").asInt()).isEqualTo(2);
    }
    try (var server = new RunningServer(data)) {
      assertThat(server.say("trip", "What is my parrot called?")).contains("Mopsel");
      assertThat(server.get(PATH + "/export").body()).contains("tool_calls", "\"rain\"");
    }
  }

  @Test
  void answer_withArgumentsThatAreNoString_remembersThem() {
    try (var server = new RunningServer(data)) {
      String id = callIn(ask(server, WEATHER, /* stream= */ false));
      String asObject = round(id).replace("\"{\\\"city\\\":\\\"Oslo\\\"}\"", "{\"city\":\"Oslo\"}");
      assertThat(asObject).contains("\"arguments\":{\"city\":\"Oslo\"}");

      ask(server, WEATHER + asObject, /* stream= */ false);

      assertThat(server.get(PATH + "/export").body())
          .contains("\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\"");
    }
  }

  @Test
  void forget_beforeThereIsATurn_forgetsTheCacheOfTheCall() {
    try (var server = new RunningServer(data)) {
      ask(server, WEATHER, /* stream= */ false);
      Completions completions = server.part(Completions.class);
      assertThat(completions.isResident(TRIP)).isTrue();

      assertThat(server.delete(PATH).statusCode()).isEqualTo(404);

      assertThat(completions.isResident(TRIP)).isFalse();
      assertThat(server.get(PATH + "/lease").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void forget_indexFails_forgetsAllElseAndSaysSo() throws Exception {
    try (var server = new RunningServer(data)) {
      server.say("trip", "I booked a trip to Bergen.");
      ask(server, WEATHER, /* stream= */ false);
      assertThat(derived()).isNotEmpty();
      server.part(TurnIndex.class).close();

      assertThat(server.delete(PATH).statusCode()).isEqualTo(500);

      assertThat(server.part(Completions.class).isResident(TRIP)).isFalse();
      assertThat(derived()).isEmpty();
      assertThat(server.delete(PATH).statusCode()).as("the index is still broken").isEqualTo(500);
    }
  }

  private List<Path> derived() throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      return files.filter(file -> file.endsWith("tokens")).toList();
    }
  }

  private static List<String> turns(RunningServer server) {
    return RunningServer.json(server.get(PATH + "/turns"))
        .valueStream()
        .map(turn -> String.join(",", turn.findValuesAsString("role")))
        .toList();
  }

  private static String callIn(String answer) {
    return RunningServer.parse(answer).at("/choices/0/message/tool_calls/0/id").asString();
  }

  private static String round(String id) {
    return """
        ,{"role":"assistant","content":"","tool_calls":[{"id":"%1$s","type":"function",
           "function":{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}]},
         {"role":"tool","tool_call_id":"%1$s","content":"rain"}
        """
        .formatted(id);
  }

  /** Asks with a tool at hand; {@return the body of the answer} */
  private static String ask(RunningServer server, String messages, boolean stream) {
    var response =
        server.post(
            "/v1/chat/completions",
            """
            {"temperature":0,"stream":%b,"messages":[%s],"metadata":{"conversation":"trip"},
             "tools":[{"type":"function","function":{"name":"weather","description":"tells the weather of a city",
               "parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]}
            """
                .formatted(stream, messages));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }
}
