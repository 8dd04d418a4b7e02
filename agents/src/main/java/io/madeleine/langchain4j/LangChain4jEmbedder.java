package io.madeleine.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.madeleine.memory.index.Embedder;
import java.util.ArrayList;
import java.util.List;

/**
 * Any LangChain4j {@link EmbeddingModel} as the memory's {@link Embedder}.
 *
 * <p>Vectors are brought to unit length here, whatever the model returns. Some models want a
 * question introduced by a sentence of their own: that is the {@code queryPrefix}. Failures of the
 * model pass through unchanged; the index goes on with words alone. As thread-safe as the model.
 */
public final class LangChain4jEmbedder implements Embedder {

  private final EmbeddingModel model;
  private final String name;
  private final String queryPrefix;
  private final int dimension;

  private LangChain4jEmbedder(EmbeddingModel model, String name, String queryPrefix) {
    this.model = model;
    this.name = name;
    this.queryPrefix = queryPrefix;
    this.dimension = model.dimension();
  }

  /**
   * An embedder that asks questions as they are.
   *
   * @param name names the model and its version; the index is rebuilt when it changes
   */
  public static LangChain4jEmbedder of(EmbeddingModel model, String name) {
    return new LangChain4jEmbedder(model, name, "");
  }

  /** {@return the same model, with every question introduced by {@code prefix}} */
  public LangChain4jEmbedder withQueryPrefix(String prefix) {
    return new LangChain4jEmbedder(model, name, prefix);
  }

  @Override
  public String fingerprint() {
    return name + "/" + dimension;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    if (texts.size() == 1) {
      return List.of(unit(model.embed(speakable(texts.getFirst())).content().vector()));
    }
    List<TextSegment> segments = new ArrayList<>(texts.size());
    for (String text : texts) {
      segments.add(TextSegment.from(speakable(text)));
    }
    return model.embedAll(segments).content().stream()
        .map(embedding -> unit(embedding.vector()))
        .toList();
  }

  @Override
  public float[] embedQuery(String text) {
    return unit(model.embed(speakable(queryPrefix + text)).content().vector());
  }

  /** LangChain4j refuses blank segments; a lone full stop means as little. */
  private static String speakable(String text) {
    return text.isBlank() ? "." : text;
  }

  private float[] unit(float[] vector) {
    if (vector.length != dimension) {
      throw new IllegalStateException(
          "'%s' said %d dimensions and returned %d: name the model it really is"
              .formatted(name, dimension, vector.length));
    }
    double squares = 0;
    for (float x : vector) {
      squares += (double) x * x;
    }
    float length = (float) Math.sqrt(squares);
    float[] scaled = new float[vector.length];
    for (int i = 0; i < vector.length && length > 0; i++) {
      scaled[i] = vector[i] / length;
    }
    return scaled;
  }
}
