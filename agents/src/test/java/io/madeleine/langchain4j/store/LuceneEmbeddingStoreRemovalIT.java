package io.madeleine.langchain4j.store;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithRemovalIT;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.vector.VectorStoreOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's own kit for removal: by id, by filter, and of everything. */
final class LuceneEmbeddingStoreRemovalIT extends EmbeddingStoreWithRemovalIT {

  private static final EmbeddingModel MODEL = new KnownTexts();
  @TempDir Path directory;
  private LuceneEmbeddingStore store;

  @BeforeEach
  void open() {
    store = LuceneEmbeddingStore.open(directory, new Tenant("acme"), VectorStoreOptions.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  protected EmbeddingStore<TextSegment> embeddingStore() {
    return store;
  }

  @Override
  protected EmbeddingModel embeddingModel() {
    return MODEL;
  }
}
