package io.madeleine.server.openai;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import io.madeleine.server.access.Caller;
import io.madeleine.server.compute.Computing;
import io.madeleine.server.embedding.ServedEmbeddings;
import io.madeleine.server.openai.protocol.EmbeddingsRequest;
import io.madeleine.server.openai.protocol.OpenAiException;
import io.madeleine.server.openai.protocol.Wire;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** {@code POST /v1/embeddings}: the vectors that the index goes by, of length 1. */
@RestController
class EmbeddingsController {

  private final ServedEmbeddings embeddings;
  private final Computing computing;

  EmbeddingsController(ServedEmbeddings embeddings, Computing computing) {
    this.embeddings = embeddings;
    this.computing = computing;
  }

  @PostMapping("/v1/embeddings")
  Wire.Embeddings embed(Caller caller, @RequestBody JsonNode body) {
    EmbeddingsRequest request = EmbeddingsRequest.read(body);
    Response<List<Embedding>> answer = embedded(request);
    var vectors = new ArrayList<Wire.Embedding>();
    for (Embedding each : answer.content()) {
      each.normalize();
      vectors.add(
          new Wire.Embedding(
              "embedding",
              vectors.size(),
              request.base64() ? base64(each.vector()) : each.vector()));
    }
    int read = Optional.ofNullable(answer.tokenUsage()).map(TokenUsage::inputTokenCount).orElse(0);
    return new Wire.Embeddings(
        "list", vectors, embeddings.model().modelName(), new Wire.EmbeddingUsage(read, read));
  }

  private Response<List<Embedding>> embedded(EmbeddingsRequest request) {
    List<TextSegment> texts = request.texts().stream().map(TextSegment::from).toList();
    try {
      return computing.call(() -> embeddings.model().embedAll(texts));
    } catch (IllegalArgumentException e) {
      throw OpenAiException.invalid("input", String.valueOf(e.getMessage()));
    }
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
