package io.madeleine.langchain4j.model;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import io.madeleine.conversation.ready.HiddenStateEmbedder;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.memory.index.Embedder;
import java.util.List;

/**
 * The loaded model as LangChain4j's embedding model: vectors of length 1 without a second model.
 * See {@link HiddenStateEmbedder} for what that is worth. Thread-safe. Close it before the model.
 */
public final class MadeleineEmbeddingModel implements EmbeddingModel, AutoCloseable {

  private final HiddenStateEmbedder embedder;
  private final String name;

  /** An embedding model on {@code model}, which stays the caller's. */
  public MadeleineEmbeddingModel(ReadyModel model) {
    this.embedder = new HiddenStateEmbedder(model);
    this.name = model.name();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a text has more tokens than the model reads at once
   */
  @Override
  public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
    int read = 0;
    for (TextSegment segment : segments) {
      int tokens = embedder.length(segment.text());
      if (tokens > embedder.longest()) {
        throw new IllegalArgumentException(
            "a text has %,d tokens, but %,d fit: split it".formatted(tokens, embedder.longest()));
      }
      read += tokens;
    }
    List<float[]> vectors = embedder.embed(segments.stream().map(TextSegment::text).toList());
    return Response.from(vectors.stream().map(Embedding::from).toList(), new TokenUsage(read));
  }

  @Override
  public int dimension() {
    return embedder.dimension();
  }

  @Override
  public String modelName() {
    return name;
  }

  /** {@return the same vectors for the memory's index} */
  public Embedder embedder() {
    return embedder;
  }

  @Override
  public void close() {
    embedder.close();
  }
}
