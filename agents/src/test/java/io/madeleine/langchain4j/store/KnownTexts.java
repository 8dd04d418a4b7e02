package io.madeleine.langchain4j.store;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A model that embeds every text once: the kit asks for a handful of words, hundreds of times. */
final class KnownTexts implements EmbeddingModel {

  private final EmbeddingModel model = new AllMiniLmL6V2QuantizedEmbeddingModel();
  private final Map<String, Embedding> known = new HashMap<>();

  @Override
  public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
    return Response.from(
        segments.stream()
            .map(
                segment ->
                    known.computeIfAbsent(segment.text(), text -> model.embed(text).content()))
            .toList());
  }
}
