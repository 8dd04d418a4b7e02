package io.madeleine.memory.index.vector;

import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.files.DeletedBytes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.util.IOUtils;

/**
 * A vector store's files while they are open: one writes at a time, whoever reads sees what was
 * written before, and a clock commits. Thread-safe.
 */
final class VectorFiles implements AutoCloseable {

  private static final String FORMAT = "format";
  private static final String TENANT = "tenant";
  private static final String DIMENSION = "dimension";
  private static final int LONGEST_CLOSE = 60;
  private static final System.Logger LOG = System.getLogger(VectorStore.class.getName());

  private final Directory directory;
  private final Tenant tenant;
  private final VectorStoreOptions options;
  private final IndexWriter writer;
  private final SearcherManager searchers;
  private final ReentrantLock writing = new ReentrantLock();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong refreshed = new AtomicLong();
  private final AtomicBoolean uncommitted = new AtomicBoolean();
  private final ScheduledExecutorService clockwork;
  private volatile int dimension;

  private VectorFiles(
      Directory directory, Tenant tenant, VectorStoreOptions options, IndexWriter writer)
      throws IOException {
    this.directory = directory;
    this.tenant = tenant;
    this.options = options;
    this.writer = writer;
    this.searchers = new SearcherManager(writer, new SearcherFactory());
    this.dimension = Integer.parseInt(stamp(writer).getOrDefault(DIMENSION, "0"));
    this.clockwork =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("madeleine-vectors").unstarted(task));
    commit();
  }

  /**
   * {@return the files in {@code directory}, which is made if it is not there}
   *
   * @throws VectorStoreException if the directory cannot be used, another process uses it, it is
   *     damaged, or it is another tenant's
   */
  static VectorFiles open(Path directory, Tenant tenant, VectorStoreOptions options) {
    try {
      var files = open(FSDirectory.open(directory), tenant, options);
      files.start();
      return files;
    } catch (LockObtainFailedException e) {
      throw new VectorStoreException(
          "another process has the store in %s open: close it, or use another directory"
              .formatted(directory),
          e);
    } catch (IOException e) {
      throw new VectorStoreException(
          "the store in %s cannot be opened: restore it, or delete the directory and add again"
              .formatted(directory),
          e);
    }
  }

  static VectorFiles open(Directory directory, Tenant tenant, VectorStoreOptions options)
      throws IOException {
    boolean exists = DirectoryReader.indexExists(directory);
    var merges = new TieredMergePolicy();
    merges.setForceMergeDeletesPctAllowed(0);
    var writer =
        new IndexWriter(
            directory,
            new IndexWriterConfig()
                .setMergePolicy(merges)
                .setUseCompoundFile(true)
                .setCodec(Fields.codec())
                .setCommitOnClose(false));
    try {
      if (exists) {
        requireOurs(directory, tenant, stamp(writer));
      }
      return new VectorFiles(directory, tenant, options, writer);
    } catch (IOException | RuntimeException | Error e) {
      IOUtils.closeWhileSuppressingExceptions(e, writer::rollback, directory);
      throw e;
    }
  }

  private static void requireOurs(Directory directory, Tenant tenant, Map<String, String> stamp) {
    String format = stamp.getOrDefault(FORMAT, "none");
    if (!format.equals(Fields.FORMAT)) {
      throw new VectorStoreException(
          "the store in %s has format %s and this reads %s: add its entries to a new directory"
              .formatted(directory, format, Fields.FORMAT));
    }
    if (!tenant.id().equals(stamp.get(TENANT))) {
      throw new VectorStoreException(
          "the store in %s is not tenant '%s''s: give every tenant a directory of its own"
              .formatted(directory, tenant.id()));
    }
  }

  private static Map<String, String> stamp(IndexWriter writer) {
    var stamp = new HashMap<String, String>();
    Iterable<Map.Entry<String, String>> data = writer.getLiveCommitData();
    if (data != null) {
      data.forEach(entry -> stamp.put(entry.getKey(), entry.getValue()));
    }
    return stamp;
  }

  private void start() {
    long every = options.commitEvery().toMillis();
    if (every > 0) {
      Future<?> unused =
          clockwork.scheduleWithFixedDelay(
              this::commitQuietly, every, every, TimeUnit.MILLISECONDS);
    }
  }

  IndexWriter writer() {
    return writer;
  }

  /** {@return how long every vector is; 0 while there is none} */
  int dimension() {
    return dimension;
  }

  void dimension(int length) {
    dimension = length;
  }

  @Override
  public String toString() {
    return directory.toString();
  }

  /** Writes anew every file that holds bytes of a removed entry. */
  void purge() {
    change(
        "removed entries could not be purged",
        () -> {
          searchers.maybeRefreshBlocking(); // so that the writer knows what is deleted
          DeletedBytes.rewrite(writer);
          commit();
          searchers.maybeRefreshBlocking();
          writer.deleteUnusedFiles();
        });
  }

  /** Writes what changed to disk. */
  void commit() {
    writing.lock();
    try {
      uncommitted.set(false);
      writer.setLiveCommitData(
          Map.of(
                  FORMAT, Fields.FORMAT,
                  TENANT, tenant.id(),
                  DIMENSION, Integer.toString(dimension))
              .entrySet());
      writer.commit();
    } catch (IOException | AlreadyClosedException e) {
      uncommitted.set(true);
      throw failed("changes could not be written", e);
    } finally {
      writing.unlock();
    }
  }

  private void commitQuietly() {
    try {
      if (uncommitted.get() && writer.isOpen()) {
        commit();
      }
    } catch (Throwable e) { // which would end the clock for good
      LOG.log(System.Logger.Level.WARNING, "will be tried again", e);
    }
  }

  /**
   * Writes what changed to disk and lets go of the directory, even if that cannot be written.
   *
   * @throws VectorStoreException if it cannot
   */
  @Override
  public void close() {
    clockwork.shutdown();
    try {
      if (!clockwork.awaitTermination(LONGEST_CLOSE, TimeUnit.SECONDS)) {
        LOG.log(System.Logger.Level.WARNING, "a commit was still going on when a store was closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    writing.lock();
    try (directory;
        searchers;
        Closeable _ = writer::rollback) { // of nothing, where the commit succeeds
      if (writer.isOpen()) {
        commit();
      }
    } catch (IOException e) {
      throw failed("the store could not be closed", e);
    } finally {
      writing.unlock();
    }
  }

  /** What looks at the files. */
  @FunctionalInterface
  interface Look<T> {
    T at(IndexSearcher searcher) throws IOException;
  }

  <T> T read(Look<T> look) {
    try {
      refresh();
      IndexSearcher searcher = searchers.acquire();
      try {
        return look.at(searcher);
      } finally {
        searchers.release(searcher);
      }
    } catch (AlreadyClosedException e) {
      throw failed("nothing can be read", e);
    } catch (IOException e) {
      throw new VectorStoreException("the store in %s cannot be read".formatted(directory), e);
    }
  }

  /** What changes the files. */
  @FunctionalInterface
  interface Change {
    void make() throws IOException;
  }

  void change(String failure, Change change) {
    writing.lock();
    try {
      change.make();
      written.incrementAndGet();
      uncommitted.set(true);
      if (options.isImmediate()) {
        commit();
      }
    } catch (IOException | AlreadyClosedException e) {
      throw failed(failure, e);
    } finally {
      writing.unlock();
    }
  }

  private void refresh() throws IOException {
    long now = written.get();
    if (refreshed.get() < now) {
      searchers.maybeRefreshBlocking();
      refreshed.accumulateAndGet(now, Math::max);
    }
  }

  /** Lucene closes a writer whose disk failed, as if somebody had closed it. */
  private VectorStoreException failed(String what, Exception cause) {
    Throwable tragedy = writer.getTragicException();
    boolean closed = cause instanceof AlreadyClosedException && tragedy == null;
    return new VectorStoreException(
        "%s in %s: %s"
            .formatted(
                what,
                directory,
                closed
                    ? "it is closed, open it again"
                    : "make room or mend the disk, then close it and open it again"),
        tragedy == null ? cause : tragedy);
  }
}
