package io.madeleine.memory.index;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;

/**
 * The writer and the searchers over it: opened together, and replaced together after the writer
 * broke. While it is broken, what was visible stays visible. Thread-safe.
 */
final class LiveIndex {

  final LuceneStore store;
  private final SearcherManager searchers;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong refreshed = new AtomicLong();

  /** What one does with a searcher. */
  @FunctionalInterface
  interface Reading<T> {
    T read(IndexSearcher searcher) throws IOException;
  }

  LiveIndex(LuceneStore store) throws IOException {
    this.store = store;
    try {
      this.searchers = new SearcherManager(store.writer, new SearcherFactory());
    } catch (IOException | RuntimeException | Error e) {
      LuceneStore.letGo(store.writer, e);
      throw e;
    }
  }

  IndexWriter writer() {
    return store.writer;
  }

  boolean isWhole() {
    return store.writer.isOpen();
  }

  /** Says that something was written, which the next reader wants to see. */
  void touch() {
    written.incrementAndGet();
  }

  <T> T read(Reading<T> reading) throws IOException {
    long now = written.get();
    if (refreshed.get() < now) {
      refresh();
      refreshed.accumulateAndGet(now, Math::max);
    }
    IndexSearcher searcher = searchers.acquire();
    try {
      return reading.read(searcher);
    } finally {
      searchers.release(searcher);
    }
  }

  private void refresh() throws IOException {
    try {
      searchers.maybeRefreshBlocking();
    } catch (AlreadyClosedException e) {
      if (isWhole()) {
        throw e;
      }
    }
  }

  void closeSearchers() throws IOException {
    searchers.close();
  }
}
