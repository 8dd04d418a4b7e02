package io.madeleine.memory.index.vector;

import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;

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

  private final VectorFiles files;
  private final VectorStoreOptions options;
  private final Set<String> keys = new HashSet<>();

  private VectorStore(VectorFiles files, VectorStoreOptions options) {
    this.files = files;
    this.options = options;
    files.writer().getFieldNames().stream()
        .filter(field -> field.indexOf(':') == 1)
        .forEach(field -> keys.add(field.substring(2)));
  }

  /**
   * {@return the store in {@code directory}, which is made if it is not there}
   *
   * @throws VectorStoreException if the directory cannot be used, another process uses it, it is
   *     damaged, or it is another tenant's
   */
  public static VectorStore open(Path directory, Tenant tenant, VectorStoreOptions options) {
    return new VectorStore(VectorFiles.open(directory, tenant, options), options);
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
    files.change(
        "entries could not be added",
        () -> {
          requireSameLength(entries);
          requireRoom(entries.size());
          rememberKeys(entries);
          files.dimension(entries.getFirst().vector().length);
          for (VectorEntry entry : entries) {
            files.writer().updateDocument(Fields.id(entry.id()), Fields.document(entry));
          }
        });
  }

  private void requireSameLength(List<VectorEntry> entries) {
    int wanted = files.dimension() == 0 ? entries.getFirst().vector().length : files.dimension();
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
    if (more <= options.mostEntries() - files.writer().getDocStats().numDocs) {
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
      files.change(
          "entries could not be removed",
          () -> files.writer().deleteDocuments(ids.stream().map(Fields::id).toArray(Term[]::new)));
    }
  }

  /** Removes what fulfils {@code condition}. */
  public void removeAll(Condition condition) {
    files.change(
        "entries could not be removed",
        () -> files.writer().deleteDocuments(Conditions.query(condition)));
  }

  /**
   * Removes everything; the files follow with the next commit. The next vectors may have another
   * length.
   */
  public void clear() {
    files.change(
        "the store could not be emptied",
        () -> {
          files.writer().deleteAll();
          files.dimension(0);
          keys.clear();
        });
  }

  /** Writes anew every file that holds bytes of a removed entry; costs what writing them did. */
  public void purge() {
    files.purge();
  }

  /**
   * {@return the nearest entries, best first}
   *
   * @throws IllegalArgumentException if the question's vector has another length than the store's
   * @throws VectorStoreException if the store cannot be read
   */
  public List<VectorMatch> search(VectorQuery query) {
    return files.read(searcher -> files.dimension() == 0 ? List.of() : search(searcher, query));
  }

  private List<VectorMatch> search(IndexSearcher searcher, VectorQuery query) throws IOException {
    requireLength(query.vector(), files.dimension());
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
    return files.read(searcher -> searcher.getIndexReader().numDocs());
  }

  /** Writes what changed to disk. */
  public void commit() {
    files.commit();
  }

  @Override
  public void close() {
    files.close();
  }
}
