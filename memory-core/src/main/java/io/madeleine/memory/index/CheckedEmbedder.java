package io.madeleine.memory.index;

import java.util.List;

/**
 * An embedder that is held to its word: as many vectors as texts, each as long as it said. What is
 * not so fails here, where it is the embedder's failure, and not in the files that the vectors go
 * to. As thread-safe as the embedder.
 */
public final class CheckedEmbedder implements Embedder {

  private final Embedder embedder;

  public CheckedEmbedder(Embedder embedder) {
    this.embedder = embedder;
  }

  @Override
  public String fingerprint() {
    return embedder.fingerprint();
  }

  @Override
  public int dimension() {
    return embedder.dimension();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if it gives another number of vectors, or one of another length
   */
  @Override
  public List<float[]> embed(List<String> texts) {
    List<float[]> vectors = embedder.embed(texts);
    if (vectors.size() != texts.size()) {
      throw new IllegalStateException(
          "it gave %d vectors for %d texts".formatted(vectors.size(), texts.size()));
    }
    vectors.forEach(this::requireLength);
    return vectors;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the vector has another length
   */
  @Override
  public float[] embedQuery(String text) {
    float[] vector = embedder.embedQuery(text);
    requireLength(vector);
    return vector;
  }

  private void requireLength(float[] vector) {
    int said = embedder.dimension();
    if (vector.length != said) {
      throw new IllegalStateException(
          "it gave a vector of %,d numbers, but its dimension is %,d: let the embedder '%s' tell the length that its vectors have"
              .formatted(vector.length, said, embedder.fingerprint()));
    }
  }
}
