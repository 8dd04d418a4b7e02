package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What an operator sees of the server. */
final class MetersTest {

  @TempDir Path data;

  @Test
  void actuator_afterAFewTurns_tellsTokensEpisodesAndHealthAndNobodysName() {
    try (var server = new RunningServer(data)) {
      server.say("diary", "My sister is called Zelandra.");
      server.say("diary", "Zelandra lives in Quillport. She works as a beekeeper.");
      server.say("diary", "I have a parrot called Mopsel.");

      JsonNode duration =
          RunningServer.json(server.get("/actuator/metrics/gen_ai.client.operation.duration"));
      assertThat(duration.at("/measurements/0/value").asInt()).isEqualTo(3);
      assertThat(duration.toString())
          .contains("gen_ai.provider.name")
          .doesNotContain("diary")
          .doesNotContain("\"test\"");
      assertThat(
              RunningServer.json(
                      server.get("/actuator/metrics/madeleine.prompt.tokens?tag=state:saved"))
                  .at("/measurements/0/value")
                  .asInt())
          .isGreaterThan(5);
      assertThat(RunningServer.json(server.get("/actuator/health")).at("/status").asString())
          .isEqualTo("UP");
      JsonNode mind = RunningServer.json(server.get("/actuator/madeleine/test/diary"));
      assertThat(mind.at("/turns").asInt()).isEqualTo(3);
      assertThat(mind.at("/episodes/0/tier").asString()).isNotBlank();
      assertThat(server.get("/actuator/madeleine/test/nobody").statusCode()).isEqualTo(404);
      assertThat(server.delete("/actuator/madeleine/test/diary").statusCode()).isEqualTo(400);
    }
  }
}
