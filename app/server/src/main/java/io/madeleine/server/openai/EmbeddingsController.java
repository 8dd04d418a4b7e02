package io.madeleine.server.openai;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import io.madeleine.server.access.Caller;
import io.madeleine.server.access.Streams;
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
import java.util.concurrent.Semaphore;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/**
 * {@code POST /v1/embeddings}: the vectors that the index goes by, of length 1. A request counts as
 * one of its key's answers; as many are computed at a time as there are processors, and the others
 * wait.
 */
@RestController
class EmbeddingsController {

  private final ServedEmbeddings embeddings;
  private final Streams streams;
  private final Computing computing;
  private final Semaphore atOnce =
      new Semaphore(Runtime.getRuntime().availableProcessors(), /* fair= */ true);

  EmbeddingsController(ServedEmbeddings embeddings, Streams streams, Computing computing) {
    this.embeddings = embeddings;
    this.streams = streams;
    this.computing = computing;
  }

  @PostMapping("/v1/embeddings")
  Wire.Embeddings embed(Caller caller, @RequestBody JsonNode body) {
    EmbeddingsRequest request = EmbeddingsRequest.read(body);
    Response<List<Embedding>> answer = counted(caller, request);
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

  private Response<List<Embedding>> counted(Caller caller, EmbeddingsRequest request) {
    if (!streams.started(caller)) {
      throw OpenAiException.manyAtOnce(streams.most());
    }
    try {
      return inTurn(request);
    } finally {
      streams.ended(caller);
    }
  }

  private Response<List<Embedding>> inTurn(EmbeddingsRequest request) {
    atOnce.acquireUninterruptibly();
    try {
      return embedded(request);
    } finally {
      atOnce.release();
    }
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
