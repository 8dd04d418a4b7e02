package io.madeleine.memory.index.vector;

import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;

/**
 * The entries of one tenant in one directory. What was added is found by the next search and is on
 * disk within {@link VectorStoreOptions#commitEvery}; what was removed is found no more, and its
 * bytes leave the files with {@link #purge}.
 *
 * <p>Few candidates (a narrow condition) are compared exactly, many through a graph, which may miss
 * some (Malkov and Yashunin, <a href="https://arxiv.org/abs/1603.09320">HNSW</a>, 2016). All
 * vectors have the length of the first. Thread-safe.
 */
public final class VectorStore implements AutoCloseable {

  /** Distinct metadata keys of a store; each costs memory in every one of its files. */
  public static final int MOST_KEYS = 1_000;

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
  private final Set<String> keys = new HashSet<>();
  private volatile int dimension;

  private VectorStore(
      Directory directory, Tenant tenant, VectorStoreOptions options, IndexWriter writer)
      throws IOException {
    this.directory = directory;
    this.tenant = tenant;
    this.options = options;
    this.writer = writer;
    this.searchers = new SearcherManager(writer, new SearcherFactory());
    this.dimension = Integer.parseInt(stamp(writer).getOrDefault(DIMENSION, "0"));
    writer.getFieldNames().stream()
        .filter(field -> field.indexOf(':') == 1)
        .forEach(field -> keys.add(field.substring(2)));
    this.clockwork =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("madeleine-vectors").unstarted(task));
    commit();
  }

  /**
   * {@return the store in {@code directory}, which is made if it is not there}
   *
   * @throws VectorStoreException if the directory cannot be used, another process uses it, it is
   *     damaged, or it is another tenant's
   */
  public static VectorStore open(Path directory, Tenant tenant, VectorStoreOptions options) {
    try {
      var store = open(FSDirectory.open(directory), tenant, options);
      store.start();
      return store;
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

  private static VectorStore open(Directory directory, Tenant tenant, VectorStoreOptions options)
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
      return new VectorStore(directory, tenant, options, writer);
    } catch (IOException | RuntimeException e) {
      writer.rollback();
      directory.close();
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

  /**
   * Adds entries; one with a known id replaces what it named. What is refused is refused whole.
   *
   * @throws IllegalArgumentException if a vector has another length than those in the store, or
   *     there are too many metadata keys
   * @throws VectorStoreException if the store is full or cannot be written
   */
  public void addAll(List<VectorEntry> entries) {
    if (entries.isEmpty()) {
      return;
    }
    changing(
        "entries could not be added",
        () -> {
          requireSameLength(entries);
          requireRoom(entries.size());
          rememberKeys(entries);
          dimension = entries.getFirst().vector().length;
          for (VectorEntry entry : entries) {
            writer.updateDocument(Fields.id(entry.id()), Fields.document(entry));
          }
        });
  }

  private void requireSameLength(List<VectorEntry> entries) {
    int wanted = dimension == 0 ? entries.getFirst().vector().length : dimension;
    for (VectorEntry entry : entries) {
      requireLength(entry.vector(), wanted);
    }
  }

  private static void requireLength(float[] vector, int wanted) {
    if (vector.length != wanted || wanted > Fields.MOST_DIMENSIONS) {
      throw new IllegalArgumentException(
          "a vector has %,d dimensions, those of this store %,d, and at most %,d are possible: use one embedding model a store"
              .formatted(vector.length, wanted, Fields.MOST_DIMENSIONS));
    }
  }

  private void requireRoom(int more) {
    if (more <= options.mostEntries() - writer.getDocStats().numDocs) {
      return; // that count still has what was removed lately
    }
    int held = size();
    if (more > options.mostEntries() - held) {
      throw new VectorStoreException(
          "the store holds %,d of at most %,d entries and %,d more do not fit: remove some, or raise mostEntries"
              .formatted(held, options.mostEntries(), more));
    }
  }

  private void rememberKeys(List<VectorEntry> entries) {
    var all = new HashSet<>(keys);
    entries.forEach(entry -> all.addAll(entry.metadata().keySet()));
    if (all.size() > MOST_KEYS) {
      throw new IllegalArgumentException(
          "metadata would have %,d different keys and at most %,d are possible: put what varies into the values"
              .formatted(all.size(), MOST_KEYS));
    }
    keys.addAll(all);
  }

  /** Removes what these ids name, if it is there. */
  public void remove(Collection<String> ids) {
    if (!ids.isEmpty()) {
      changing(
          "entries could not be removed",
          () -> writer.deleteDocuments(ids.stream().map(Fields::id).toArray(Term[]::new)));
    }
  }

  /** Removes what fulfils {@code condition}. */
  public void removeAll(Condition condition) {
    changing(
        "entries could not be removed", () -> writer.deleteDocuments(Conditions.query(condition)));
  }

  /**
   * Removes everything; the files follow with the next commit. The next vectors may have another
   * length.
   */
  public void clear() {
    changing(
        "the store could not be emptied",
        () -> {
          writer.deleteAll();
          dimension = 0;
          keys.clear();
        });
  }

  /** Writes anew every file that holds bytes of a removed entry; costs what writing them did. */
  public void purge() {
    changing(
        "removed entries could not be purged",
        () -> {
          searchers.maybeRefreshBlocking(); // so that the writer knows what is deleted
          writer.forceMergeDeletes(true);
          commit();
          searchers.maybeRefreshBlocking();
          writer.deleteUnusedFiles();
        });
  }

  /**
   * {@return the nearest entries, best first}
   *
   * @throws IllegalArgumentException if the question's vector has another length than the store's
   * @throws VectorStoreException if the store cannot be read
   */
  public List<VectorMatch> search(VectorQuery query) {
    return reading(searcher -> dimension == 0 ? List.of() : search(searcher, query));
  }

  private List<VectorMatch> search(IndexSearcher searcher, VectorQuery query) throws IOException {
    requireLength(query.vector(), dimension);
    var nearest =
        new KnnFloatVectorQuery(
            Fields.VECTOR,
            query.vector(),
            query.most(),
            query.condition().map(Conditions::query).orElse(null));
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    var stored = searcher.storedFields();
    var matches = new ArrayList<VectorMatch>();
    for (ScoreDoc hit : searcher.search(nearest, query.most()).scoreDocs) {
      if (hit.score >= query.lowestScore()) {
        float[] vector = vector(leaves.get(ReaderUtil.subIndex(hit.doc, leaves)), hit.doc);
        matches.add(new VectorMatch(hit.score, Fields.entry(stored.document(hit.doc), vector)));
      }
    }
    return matches;
  }

  private static float[] vector(LeafReaderContext leaf, int doc) throws IOException {
    FloatVectorValues vectors = leaf.reader().getFloatVectorValues(Fields.VECTOR);
    if (vectors == null) {
      throw new IOException("the segment of document %d lost its vectors".formatted(doc));
    }
    var place = vectors.iterator();
    place.advance(doc - leaf.docBase);
    return vectors.vectorValue(place.index()).clone();
  }

  /** {@return how many entries it holds} */
  public int size() {
    return reading(searcher -> searcher.getIndexReader().numDocs());
  }

  /** Writes what changed to disk. */
  public void commit() {
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
    } catch (IOException e) {
      uncommitted.set(true);
      throw failed("changes could not be written", e);
    } finally {
      writing.unlock();
    }
  }

  private void commitQuietly() {
    try {
      if (uncommitted.get()) {
        commit();
      }
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "will be tried again", e);
    }
  }

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
    try {
      if (writer.isOpen()) {
        commit();
        searchers.close();
        writer.close();
        directory.close();
      }
    } catch (IOException e) {
      throw failed("the store could not be closed", e);
    } finally {
      writing.unlock();
    }
  }

  /** What looks at the files. */
  @FunctionalInterface
  private interface Look<T> {
    T at(IndexSearcher searcher) throws IOException;
  }

  private <T> T reading(Look<T> look) {
    try {
      refresh();
      IndexSearcher searcher = searchers.acquire();
      try {
        return look.at(searcher);
      } finally {
        searchers.release(searcher);
      }
    } catch (IOException e) {
      throw new VectorStoreException("the store in %s cannot be read".formatted(directory), e);
    }
  }

  /** What changes the files. */
  @FunctionalInterface
  private interface Change {
    void make() throws IOException;
  }

  private void changing(String failure, Change change) {
    writing.lock();
    try {
      change.make();
      written.incrementAndGet();
      uncommitted.set(true);
      if (options.isImmediate()) {
        commit();
      }
    } catch (IOException e) {
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

  private VectorStoreException failed(String what, IOException cause) {
    return new VectorStoreException(
        "%s in %s: make room or mend the disk, then open it again".formatted(what, directory),
        cause);
  }
}
