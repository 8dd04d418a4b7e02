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

  private LangChain4jEmbedder(EmbeddingModel model, String name, int dimension, String prefix) {
    this.model = model;
    this.name = name;
    this.dimension = dimension;
    this.queryPrefix = prefix;
  }

  /**
   * An embedder that asks questions as they are. The model is asked how long its vectors are; many
   * that are somewhere else are sent a text for that, and fail here if they cannot be reached.
   *
   * @param name names the model and its version; the index is rebuilt when it changes
   */
  public static LangChain4jEmbedder of(EmbeddingModel model, String name) {
    return of(model, name, model.dimension());
  }

  /**
   * An embedder that asks questions as they are, of a model that need not be reached yet.
   *
   * @param name names the model and its version; the index is rebuilt when it changes
   * @param dimension how long its vectors are; the index is rebuilt when it changes, and a vector
   *     of another length counts as a failure
   * @throws IllegalArgumentException if the dimension is below 1
   */
  public static LangChain4jEmbedder of(EmbeddingModel model, String name, int dimension) {
    if (dimension < 1) {
      throw new IllegalArgumentException(
          "the vectors of '%s' must have at least 1 dimension, but got %d"
              .formatted(name, dimension));
    }
    return new LangChain4jEmbedder(model, name, dimension, "");
  }

  /** {@return the same model, with every question introduced by {@code prefix}} */
  public LangChain4jEmbedder withQueryPrefix(String prefix) {
    return new LangChain4jEmbedder(model, name, dimension, prefix);
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
          ("'%s' was to have vectors of %d dimensions and returned one of %d: give the dimension that"
                  + " it has, or name the model it really is")
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
