package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.testing.model.SpokenTemplates;
import io.madeleine.testing.model.TinyModel;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A model whose template leaves tools out would never call one, and nobody would know why. */
final class UnheardToolsTest {

  @TempDir private Path directory;

  @Test
  void chat_toolsThatTheTemplateLeavesOut_areRefusedWithWhatToDo() {
    Path model = directory.resolve("gemma.gguf");
    TinyModel.GROUPED
        .writer()
        .string("tokenizer.chat_template", SpokenTemplates.source("gemma3"))
        .writeTo(model);
    try (var server = new RunningServer(directory.resolve("data"), "--madeleine.model=" + model)) {
      HttpResponse<String> response =
          server.post(
              "/v1/chat/completions",
              """
              {"messages":[{"role":"user","content":"hello"}],
               "tools":[{"type":"function","function":{"name":"look"}}]}
              """);

      assertThat(response.statusCode()).isEqualTo(400);
      JsonNode error = RunningServer.json(response).at("/error");
      assertThat(error.at("/param").asString()).isEqualTo("tools");
      assertThat(error.at("/message").asString()).contains("tells it of no tools", "offer none");
    }
  }
}
