package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The loaded model's own hidden states, which answer where no embedding model is. */
final class EmbeddingsTest {

  /**
   * Two requests may meet different code, interpreted or compiled, whose sums differ in the last
   * bit.
   */
  private static final Offset<Float> ROUNDING = within(1e-5f);

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

  @Test
  void embed_severalTexts_givesUnitVectorsInOrderAndCountsTokens() {
    JsonNode both = embed("[\"I have a parrot.\",\"The code is 4821.\"]", "float");
    JsonNode second = embed("\"The code is 4821.\"", "float");

    assertThat(both.at("/model").asString()).isEqualTo("Madeleine pocket");
    assertThat(both.at("/data").size()).isEqualTo(2);
    double length = 0;
    for (JsonNode value : both.at("/data/1/embedding")) {
      length += value.asDouble() * value.asDouble();
    }
    assertThat(length).isCloseTo(1, within(1e-5));
    assertThat(floats(both.at("/data/1/embedding")))
        .containsExactly(floats(second.at("/data/0/embedding")), ROUNDING);
    assertThat(floats(both.at("/data/0/embedding")))
        .isNotEqualTo(floats(both.at("/data/1/embedding")));
    assertThat(both.at("/usage/prompt_tokens").asInt())
        .isGreaterThan(second.at("/usage/prompt_tokens").asInt());
  }

  @Test
  void embed_base64_isTheSameNumbersAsLittleEndianFloats() {
    JsonNode numbers = embed("\"I play the cello.\"", "float").at("/data/0/embedding");
    String text = embed("\"I play the cello.\"", "base64").at("/data/0/embedding").asString();

    var decoded =
        ByteBuffer.wrap(Base64.getDecoder().decode(text))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    float[] values = new float[decoded.remaining()];
    decoded.get(values);
    assertThat(values).isNotEmpty().containsExactly(floats(numbers), ROUNDING);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "input | {}",
        "input | {\"input\":[]}",
        "input | {\"input\":[1,2]}",
        "input | {\"input\":\"\"}",
        "input | {\"input\":[\"a\",\"\\n\"]}",
        "dimensions | {\"input\":\"a\",\"dimensions\":2}",
        "encoding_format | {\"input\":\"a\",\"encoding_format\":\"hex\"}",
      })
  void embed_wrongParameter_isRefusedByName(String param, String body) {
    HttpResponse<String> response = server.post("/v1/embeddings", body);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(RunningServer.json(response).at("/error/param").asString()).isEqualTo(param);
  }

  /** Splitters of documents leave such pieces, and nobody finds one of 2,048. */
  @Test
  void embed_blankTextAmongMany_isRefusedByItsPlace() {
    HttpResponse<String> response =
        server.post("/v1/embeddings", "{\"input\":[\"a\",\"b\",\" \\t\",\"\"]}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(RunningServer.json(response).at("/error/message").asString())
        .isEqualTo("input must be 1 to 2,048 texts, none of them blank, but input[2] is");
  }

  @Test
  void embed_textBeyondTheContext_isRefusedWithTheBound() {
    HttpResponse<String> response =
        server.post("/v1/embeddings", "{\"input\":\"" + "word ".repeat(9_000) + "\"}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("fit: split it");
  }

  @Test
  void embed_asManyAsLangChain4jSends_areTakenInOneRequest() {
    var model =
        OpenAiEmbeddingModel.builder()
            .baseUrl("http://localhost:" + server.port() + "/v1")
            .apiKey("not-needed")
            .modelName("pocket")
            .build();
    List<TextSegment> texts =
        IntStream.range(0, 300).mapToObj(each -> TextSegment.from("code " + each)).toList();

    assertThat(model.embedAll(texts).content()).hasSize(300);
  }

  @Test
  void embed_moreThanMayBe_isRefusedWithBoundAndRemedy() {
    String many = String.join(",", Collections.nCopies(2_049, "\"a\""));
    HttpResponse<String> response = server.post("/v1/embeddings", "{\"input\":[" + many + "]}");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(RunningServer.json(response).at("/error/message").asString())
        .contains("2,048", "2,049", "send the rest in another request");
  }

  private static float[] floats(JsonNode numbers) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers.get(i).asDouble();
    }
    return values;
  }

  private static JsonNode embed(String input, String format) {
    HttpResponse<String> response =
        server.post(
            "/v1/embeddings", "{\"input\":%s,\"encoding_format\":\"%s\"}".formatted(input, format));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return RunningServer.json(response);
  }
}
