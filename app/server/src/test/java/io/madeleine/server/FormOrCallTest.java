package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.testing.model.SpokenTemplates;
import io.madeleine.testing.model.TinyModel;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Where no token opens a call, a form would forbid every call, and nobody would know why. */
final class FormOrCallTest {

  @TempDir private Path directory;

  @Test
  void chat_formAndToolsForAModelThatOpensNoCall_areRefusedWithWhatToDo() {
    Path model = directory.resolve("plain.gguf");
    TinyModel.GROUPED
        .writer()
        .string("tokenizer.chat_template", SpokenTemplates.source("qwen25"))
        .writeTo(model);
    try (var server = new RunningServer(directory.resolve("data"), "--madeleine.model=" + model)) {
      HttpResponse<String> response =
          server.post(
              "/v1/chat/completions",
              """
              {"messages":[{"role":"user","content":"hello"}],
               "tools":[{"type":"function","function":{"name":"look"}}],
               "response_format":{"type":"json_object"}}
              """);

      assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
      JsonNode error = RunningServer.json(response).at("/error");
      assertThat(error.at("/param").asString()).isEqualTo("response_format");
      assertThat(error.at("/message").asString()).contains("ask in two steps");
    }
  }
}
