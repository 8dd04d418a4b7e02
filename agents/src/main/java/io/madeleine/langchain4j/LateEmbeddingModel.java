package io.madeleine.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * An embedding model whose name and dimension are known before it is loaded, so that a program need
 * not wait for it at its start. Whoever asks it before {@link #load} is through waits. A loading
 * that failed fails everybody who asks, with its cause. Thread-safe.
 */
public final class LateEmbeddingModel implements EmbeddingModel {

  private final String name;
  private final int dimension;
  private final Supplier<EmbeddingModel> loading;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CompletableFuture<EmbeddingModel> model = new CompletableFuture<>();

  LateEmbeddingModel(String name, int dimension, Supplier<EmbeddingModel> loading) {
    this.name = name;
    this.dimension = dimension;
    this.loading = loading;
  }

  /** Begins to load it in a thread of its own, if nobody did; returns at once. */
  public void load() {
    if (!begun.compareAndSet(false, true)) {
      return;
    }
    // The model's file is found through the context class loader, which some pools' threads lack.
    ClassLoader loader = LateEmbeddingModel.class.getClassLoader();
    Thread.ofPlatform()
        .daemon()
        .name("madeleine-embedding-model")
        .start(
            () -> {
              Thread.currentThread().setContextClassLoader(loader);
              try {
                model.complete(loading.get());
              } catch (RuntimeException | LinkageError e) {
                model.completeExceptionally(e);
              }
            });
  }

  /** {@return whether nobody has to wait for it any more} */
  public boolean isLoaded() {
    return model.isDone();
  }

  @Override
  public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
    load();
    return model.join().embedAll(segments);
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public String modelName() {
    return name;
  }
}
