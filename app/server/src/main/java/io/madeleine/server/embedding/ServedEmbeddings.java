package io.madeleine.server.embedding;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.madeleine.langchain4j.model.MadeleineEmbeddingModel;

/**
 * What answers {@code /v1/embeddings}. Not itself an embedding model, so that nobody takes it for
 * the one of the index.
 *
 * @param model turns texts into vectors
 */
public record ServedEmbeddings(EmbeddingModel model) implements AutoCloseable {

  @Override
  public void close() {
    if (model instanceof MadeleineEmbeddingModel loaded) {
      loaded.close();
    }
  }
}
