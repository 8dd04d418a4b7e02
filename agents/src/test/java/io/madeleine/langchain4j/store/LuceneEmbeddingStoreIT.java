package io.madeleine.langchain4j.store;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithFilteringIT;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.vector.VectorStoreOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's own kit, with filtering: nothing in it is switched off. */
final class LuceneEmbeddingStoreIT extends EmbeddingStoreWithFilteringIT {

  private static final EmbeddingModel MODEL = new KnownTexts();
  @TempDir static Path directory;
  private static LuceneEmbeddingStore store;

  @BeforeAll
  static void open() {
    store = LuceneEmbeddingStore.open(directory, new Tenant("acme"), VectorStoreOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
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

  @Override
  protected void clearStore() {
    store.removeAll();
  }

  @Override
  protected boolean supportsContains() {
    return true;
  }
}
