package io.madeleine.memory.index;

import io.madeleine.memory.index.files.DeletedBytes;
import io.madeleine.memory.index.schema.Schema;
import io.madeleine.memory.index.schema.Words;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;

/**
 * An index's files while they are open: one writes at a time, they know how far they have followed
 * the log, and after a failed write they open themselves again from their last commit. Thread-safe;
 * what changes them is called within {@link #write}.
 */
final class IndexFiles {

  private static final long PAUSE_AFTER_FAILED_MENDING = 1_000_000_000L;

  private final Directory directory;
  private final IndexOptions options;
  private final Words words;
  private final Optional<String> embedder;
  private final Upkeep upkeep;
  private final Runnable reopened;
  private final ReentrantLock writing = new ReentrantLock();
  private final AtomicBoolean uncommitted = new AtomicBoolean();
  private volatile LiveIndex live;
  private volatile boolean closed;
  private volatile boolean purgeDue;
  private long sequence;
  private long highest;
  private long nextMending = System.nanoTime();

  /** Something that changes the files. */
  @FunctionalInterface
  interface Writing {
    void write() throws IOException;
  }

  /**
   * Opens them.
   *
   * @param embedder the fingerprint stamped into them; without one they keep theirs
   * @param upkeep is told what was done unasked
   * @param reopened called after they had to be opened again
   */
  IndexFiles(
      Directory directory,
      IndexOptions options,
      Words words,
      Optional<String> embedder,
      Upkeep upkeep,
      Runnable reopened)
      throws IOException {
    this.directory = directory;
    this.options = options;
    this.words = words;
    this.embedder = embedder;
    this.upkeep = upkeep;
    this.reopened = reopened;
    LuceneStore store = LuceneStore.open(directory, options, words, embedder);
    this.live = new LiveIndex(store);
    this.sequence = store.sequence;
    this.highest = store.highest;
    this.purgeDue = store.purgeDue;
    store.notes.forEach(upkeep::note);
  }

  /**
   * Does {@code task} alone, on files that are whole.
   *
   * @param otherwise what could not be done, if it fails
   * @throws IndexException if it fails
   */
  void write(String otherwise, Writing task) {
    writing.lock();
    try {
      mend();
      task.write();
    } catch (IndexException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new IndexException(
          "%s in %s: make room or mend the disk; it follows from the log and catches up by itself"
              .formatted(otherwise, directory),
          e);
    } finally {
      writing.unlock();
    }
  }

  /** Lucene closes a writer whose disk failed; here a new one takes over from the last commit. */
  private void mend() throws IOException {
    LiveIndex broken = live;
    if (broken.isWhole() || closed) {
      return;
    }
    if (System.nanoTime() - nextMending < 0) {
      throw new IOException("the last attempt to open it again failed less than a second ago");
    }
    nextMending = System.nanoTime() + PAUSE_AFTER_FAILED_MENDING;
    LuceneStore store = LuceneStore.open(directory, options, words, embedder);
    nextMending = System.nanoTime();
    live = new LiveIndex(store);
    sequence = store.sequence;
    highest = store.highest;
    purgeDue = purgeDue || store.purgeDue;
    uncommitted.set(false);
    upkeep.note("opened again after a failed write, from sequence %d on".formatted(sequence));
    store.notes.forEach(upkeep::note);
    reopened.run();
    broken.closeSearchers();
  }

  /** {@return what {@code reading} makes of the newest state} */
  <T> T read(LiveIndex.Reading<T> reading) {
    try {
      LiveIndex now = live;
      try {
        return now.read(reading);
      } catch (AlreadyClosedException e) {
        if (now == live) {
          throw new IndexException("the index in %s is closed".formatted(directory), e);
        }
        return live.read(reading);
      }
    } catch (IOException e) {
      throw new IndexException("the index in %s cannot be read".formatted(directory), e);
    }
  }

  /** {@return what {@code reading} makes of a state that nobody changes meanwhile} */
  <T> T readAlone(LiveIndex.Reading<T> reading) {
    writing.lock();
    try {
      return read(reading);
    } finally {
      writing.unlock();
    }
  }

  /** {@return the newest sequence of the log that is in here} */
  long followed() {
    writing.lock();
    try {
      return sequence;
    } finally {
      writing.unlock();
    }
  }

  void follow(long newest) {
    sequence = newest;
  }

  IndexWriter writer() {
    return live.writer();
  }

  /** {@return whether turns have vectors here, now or once their embedder is back} */
  boolean haveVectors() {
    return live.store.hasEmbedder();
  }

  /** Adds a document, or puts it in the place of that of the same sequence. */
  void put(long key, Document document) throws IOException {
    if (key > highest) {
      writer().addDocument(document);
      highest = key;
    } else {
      writer().updateDocument(Schema.key(key), document);
    }
  }

  /** Deletes documents whose bytes a purge has to remove. {@return how many there were} */
  int delete(Term... keys) throws IOException {
    long before = count();
    purgeDue = true;
    writer().deleteDocuments(keys);
    touched();
    return (int) (before - count());
  }

  void startAgain() throws IOException {
    writer().deleteAll();
    sequence = 0;
    highest = 0;
    touched();
  }

  /** Writes anew what holds bytes of deleted documents, and removes the old files. */
  void purge() throws IOException {
    DeletedBytes.rewrite(writer());
    live.store.commit(sequence, /* due= */ false);
    live.touch();
    count();
    writer().deleteUnusedFiles();
    uncommitted.set(false);
    purgeDue = false;
  }

  /** {@return whether bytes of deleted documents may be left; a restart does not forget it} */
  boolean isPurgeDue() {
    return purgeDue;
  }

  boolean isCommitted() {
    return !uncommitted.get();
  }

  void commit() throws IOException {
    live.store.commit(sequence, purgeDue);
    uncommitted.set(false);
    count(); // so that readers stand at least where the files do, should the writer break
  }

  /** Says that something was written. */
  void touched() {
    live.touch();
    uncommitted.set(true);
  }

  private long count() throws IOException {
    return live.read(searcher -> (long) searcher.getIndexReader().numDocs());
  }

  IndexReport report(List<String> notes) {
    return read(
        searcher ->
            new IndexReport(
                searcher.getIndexReader().numDocs(),
                followed(),
                searcher.count(Schema.waitingBut()),
                LuceneStore.bytes(directory),
                notes));
  }

  boolean isClosed() {
    return closed;
  }

  void close() throws IOException {
    closed = true;
    live.closeSearchers();
    live.writer().close();
    directory.close();
  }
}
