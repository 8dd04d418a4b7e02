package io.madeleine.memory.index;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** A deterministic embedder without weights: words fall into buckets. It can be told to fail. */
public final class WordEmbedder implements Embedder {

  private final String name;
  private final int dimension;
  private volatile boolean failing;
  private volatile Consumer<List<String>> first = texts -> {};
  private volatile int asked;

  public WordEmbedder(String name, int dimension) {
    this.name = name;
    this.dimension = dimension;
  }

  public void failing(boolean now) {
    failing = now;
  }

  /** Does {@code what}, which may throw, with every list of texts first. */
  public void first(Consumer<List<String>> what) {
    first = what;
  }

  public int asked() {
    return asked;
  }

  @Override
  public String fingerprint() {
    return name;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public synchronized List<float[]> embed(List<String> texts) {
    asked++;
    first.accept(texts);
    if (failing) {
      throw new IllegalStateException("no model today");
    }
    List<float[]> vectors = new ArrayList<>();
    for (String text : texts) {
      var vector = new float[dimension];
      vector[0] = 0.1f;
      for (String word : text.toLowerCase(Locale.ROOT).split("\\W+")) {
        vector[Math.floorMod(word.hashCode(), dimension)] += 1;
      }
      double squares = 0;
      for (float x : vector) {
        squares += x * x;
      }
      for (int i = 0; i < dimension; i++) {
        vector[i] /= (float) Math.sqrt(squares);
      }
      vectors.add(vector);
    }
    return vectors;
  }
}
