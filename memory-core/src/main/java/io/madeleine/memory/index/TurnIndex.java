package io.madeleine.memory.index;

import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.IntsRef;

/**
 * Turns, found by words and by vectors. It follows the {@link TurnLog}: what was acknowledged there
 * is found here as soon as {@link #follow} returns, and whatever this directory loses (a crash
 * between two commits, a file, everything) is filled in from there.
 *
 * <p>An embedder is optional, may be slow and may fail: a turn is found by its words at once and by
 * its vector when that arrives. Any thread may call any method.
 */
public final class TurnIndex implements AutoCloseable {

  private static final int ADD_AT_ONCE = 256;

  /** More terms than a question has; a pasted page would only cost time. */
  private static final int LONGEST_QUESTION = 8_000;

  private static final int TERMS = 48;
  private static final int LONGEST_CLOSE = 60;

  private final Directory directory;
  private final IndexOptions options;
  private final Words words = new Words();
  private final LuceneStore store;
  private final SearcherManager searchers;
  private final Optional<Vectorizer> vectorizer;
  private final ReentrantLock writing = new ReentrantLock();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong refreshed = new AtomicLong();
  private final AtomicBoolean uncommitted = new AtomicBoolean();
  private final ScheduledExecutorService clockwork;
  private Future<?> commits = CompletableFuture.completedFuture("not begun");
  private Future<?> purge = CompletableFuture.completedFuture("nothing to purge");
  private final List<String> notes = new ArrayList<>();
  private long sequence;
  private long highest;

  private TurnIndex(Directory directory, IndexOptions options, Optional<Embedder> embedder)
      throws IOException {
    this.directory = directory;
    this.options = options;
    this.store =
        LuceneStore.open(
            directory, options, words, embedder.map(Embedder::fingerprint).orElse("none"));
    this.sequence = store.sequence;
    this.highest = store.highest;
    this.notes.addAll(store.notes);
    this.searchers = new SearcherManager(store.writer, new SearcherFactory());
    this.vectorizer = embedder.map(e -> new Vectorizer(e, options, this));
    this.clockwork =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("madeleine-index").unstarted(task));
  }

  private void start() {
    long every = Math.max(1, options.commitEvery().toMillis());
    commits =
        clockwork.scheduleWithFixedDelay(this::commitQuietly, every, every, TimeUnit.MILLISECONDS);
    vectorizer.ifPresent(Vectorizer::start);
  }

  /**
   * {@return the index in {@code directory}; empty, and saying so in its report, where there is
   * none, where it is damaged, or where it was written in another format or with another embedder}
   *
   * @throws IndexException if the directory cannot be used or another process uses it
   */
  public static TurnIndex open(Path directory, IndexOptions options, Optional<Embedder> embedder) {
    try {
      return open(FSDirectory.open(directory), options, embedder);
    } catch (IOException e) {
      throw new IndexException(
          "%s cannot hold an index: choose a directory that can be written".formatted(directory),
          e);
    }
  }

  static TurnIndex open(Directory directory, IndexOptions options, Optional<Embedder> embedder)
      throws IOException {
    var index = new TurnIndex(directory, options, embedder);
    index.start();
    return index;
  }

  /**
   * Catches up with the log: forgets what was erased there and adds what was said since. Call it
   * after every turn; it returns at once if nothing is new.
   *
   * @throws IndexException if it cannot be written; the log is not affected, call again
   */
  public void follow(TurnLog log) {
    writing.lock();
    try {
      long last = log.lastSequence();
      if (last < sequence) {
        startAgain("it is ahead of the log, which ends at %d".formatted(last));
      }
      if (last == sequence) {
        return;
      }
      erase(log.erasedSince(sequence).boxed().toList());
      try (Stream<LoggedTurn> turns = log.since(sequence)) {
        var batch = new ArrayList<IndexedTurn>(ADD_AT_ONCE);
        turns
            .takeWhile(turn -> turn.sequence() <= last)
            .forEach(
                turn -> {
                  batch.add(IndexedTurn.of(turn));
                  if (batch.size() == ADD_AT_ONCE) {
                    addAll(batch);
                    batch.clear();
                  }
                });
        addAll(batch);
      }
      sequence = last;
    } finally {
      writing.unlock();
    }
  }

  /**
   * Adds turns, or replaces those of the same sequence.
   *
   * @throws IndexException if it cannot be written
   */
  public void addAll(List<IndexedTurn> turns) {
    writing.lock();
    try {
      for (IndexedTurn turn : turns) {
        boolean follows = vectorizer.isPresent() && !turn.text().isBlank();
        var document = Schema.document(turn, Optional.empty(), follows);
        if (turn.sequence() > highest) {
          store.writer.addDocument(document);
          highest = turn.sequence();
        } else {
          store.writer.updateDocument(Schema.key(turn.sequence()), document);
        }
        if (follows) {
          vectorizer.get().add(turn);
        }
      }
      touched(!turns.isEmpty());
    } catch (IOException | RuntimeException e) {
      throw failed("turns could not be added", e);
    } finally {
      writing.unlock();
    }
  }

  /**
   * Makes turns vanish from every search. Their bytes leave the files with the next {@link #purge},
   * which happens by itself within {@link IndexOptions#purgeWithin}.
   *
   * @return how many there were
   */
  public int erase(Collection<Long> sequences) {
    writing.lock();
    try {
      if (sequences.isEmpty()) {
        return 0;
      }
      var keys = new Term[sequences.size()];
      int i = 0;
      for (long erased : sequences) {
        keys[i++] = Schema.key(erased);
        vectorizer.ifPresent(v -> v.forget(erased));
      }
      long before = count();
      store.writer.deleteDocuments(keys);
      touched(true);
      if (purge.isDone()) {
        purge =
            clockwork.schedule(
                this::purgeQuietly, options.purgeWithin().toMillis() / 2, TimeUnit.MILLISECONDS);
      }
      return (int) (before - count());
    } catch (IOException | RuntimeException e) {
      throw failed("turns could not be erased", e);
    } finally {
      writing.unlock();
    }
  }

  /**
   * Writes anew every file that holds bytes of an erased turn (its words, text and vector) and
   * removes the old ones. Costs about as much as building those files did.
   */
  public void purge() {
    writing.lock();
    try {
      store.writer.forceMergeDeletes(true);
      store.commit(sequence);
      searchers.maybeRefreshBlocking();
      store.writer.deleteUnusedFiles();
      uncommitted.set(false);
    } catch (IOException | RuntimeException e) {
      throw failed("erased turns could not be purged", e);
    } finally {
      writing.unlock();
    }
  }

  /** {@return the vector of a question; empty if there is no embedder, it fails or takes long} */
  public Optional<float[]> vectorOf(String question) {
    return vectorizer.flatMap(v -> v.question(cut(question)));
  }

  /** {@return what may answer {@code question}, by its words and, if there is one, its vector} */
  public Matches search(TurnFilter filter, String question) {
    return search(filter, question, vectorOf(question));
  }

  /**
   * {@return what may answer {@code question}}
   *
   * @param vector the question's, if it is known already
   * @throws IndexException if the files cannot be read
   */
  public Matches search(TurnFilter filter, String question, Optional<float[]> vector) {
    try {
      refresh();
      IndexSearcher searcher = searchers.acquire();
      try {
        return search(searcher, filter, question, vector.orElseGet(() -> new float[0]));
      } finally {
        searchers.release(searcher);
      }
    } catch (IOException e) {
      throw new IndexException("the index in %s cannot be read".formatted(directory), e);
    }
  }

  private Matches search(IndexSearcher searcher, TurnFilter filter, String question, float[] vector)
      throws IOException {
    List<String> stems = words.terms(Words.STEMS, cut(question));
    List<String> heads = words.terms(Words.HEADS, cut(question));
    stems = stems.subList(0, Math.min(TERMS, stems.size()));
    heads = heads.subList(0, Math.min(TERMS, heads.size()));
    var selection = new Selection(searcher, options);
    IntsRef[] docs = selection.select(filter, stems, vector);
    boolean whole = selection.tookAll();
    IntsRef[] allowed =
        whole && !filter.narrowsAConversation() ? docs : selection.documents(Schema.filter(filter));
    return new Gatherer(searcher.getIndexReader(), docs)
        .gather(allowed, stems, heads, vector, whole);
  }

  private static String cut(String question) {
    return question.length() > LONGEST_QUESTION
        ? question.substring(0, LONGEST_QUESTION)
        : question;
  }

  private void refresh() throws IOException {
    long now = written.get();
    if (refreshed.get() < now) {
      searchers.maybeRefreshBlocking();
      refreshed.accumulateAndGet(now, Math::max);
    }
  }

  /** Writes what was added so far to disk, with the log's sequence beside it. */
  public void commit() {
    writing.lock();
    try {
      if (uncommitted.getAndSet(false)) {
        store.commit(sequence);
      }
    } catch (IOException | RuntimeException e) {
      uncommitted.set(true);
      throw failed("the index could not be committed", e);
    } finally {
      writing.unlock();
    }
  }

  /** {@return whether every turn has its vector, after waiting at most {@code millis}} */
  public boolean awaitVectors(long millis) throws InterruptedException {
    return vectorizer.isEmpty() || vectorizer.get().await(millis);
  }

  /** {@return how the index stands} */
  public IndexReport report() {
    try {
      refresh();
      IndexSearcher searcher = searchers.acquire();
      try {
        long waiting = searcher.count(new TermQuery(new Term(Schema.WAITING, "yes")));
        var all = new ArrayList<>(notes());
        vectorizer.ifPresent(v -> all.addAll(v.notes()));
        return new IndexReport(
            searcher.getIndexReader().numDocs(),
            followed(),
            waiting,
            LuceneStore.bytes(directory),
            all);
      } finally {
        searchers.release(searcher);
      }
    } catch (IOException e) {
      throw new IndexException("the index in %s cannot be read".formatted(directory), e);
    }
  }

  @Override
  public void close() {
    stopClockwork();
    vectorizer.ifPresent(Vectorizer::close);
    try {
      try {
        commit();
      } finally {
        searchers.close();
        store.writer.close();
        directory.close();
      }
    } catch (IOException e) {
      throw new IndexException("the index in %s could not be closed".formatted(directory), e);
    }
  }

  /** Without interrupting: an interrupted thread closes Lucene's files under everybody's feet. */
  private void stopClockwork() {
    commits.cancel(false);
    purge.cancel(false);
    clockwork.shutdown();
    try {
      if (!clockwork.awaitTermination(LONGEST_CLOSE, TimeUnit.SECONDS)) {
        note("a purge was still going on when the index was closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Puts vectors beside turns that were added without, unless they were erased meanwhile. */
  void fill(List<IndexedTurn> turns, List<float[]> vectors, VectorQueue queue) {
    writing.lock();
    try {
      if (!store.writer.isOpen()) {
        return;
      }
      for (int i = 0; i < turns.size(); i++) {
        IndexedTurn turn = turns.get(i);
        if (queue.claim(turn.sequence())) {
          store.writer.updateDocument(
              Schema.key(turn.sequence()),
              Schema.document(turn, Optional.of(vectors.get(i)), false));
        }
      }
      touched(true);
    } catch (IOException | RuntimeException e) {
      throw failed("vectors could not be added", e);
    } finally {
      writing.unlock();
    }
  }

  /**
   * Queues up to {@code most} turns that the files say are waiting for their vector. Nobody can
   * erase one between the look and the queue.
   *
   * @return how many
   */
  int queueWaiting(int most, VectorQueue queue) throws IOException {
    writing.lock();
    try {
      searchers.maybeRefreshBlocking();
      IndexSearcher searcher = searchers.acquire();
      try {
        var found = searcher.search(new TermQuery(new Term(Schema.WAITING, "yes")), most);
        var stored = searcher.storedFields();
        for (var hit : found.scoreDocs) {
          queue.add(Schema.turn(stored.document(hit.doc)));
        }
        return found.scoreDocs.length;
      } finally {
        searchers.release(searcher);
      }
    } finally {
      writing.unlock();
    }
  }

  private long count() throws IOException {
    searchers.maybeRefreshBlocking();
    IndexSearcher searcher = searchers.acquire();
    try {
      return searcher.getIndexReader().numDocs();
    } finally {
      searchers.release(searcher);
    }
  }

  private void startAgain(String why) {
    try {
      store.writer.deleteAll();
      sequence = 0;
      highest = 0;
      touched(true);
      note("rebuilt from the log: " + why);
    } catch (IOException e) {
      throw failed("the index could not be emptied", e);
    }
  }

  private void touched(boolean really) {
    if (really) {
      written.incrementAndGet();
      uncommitted.set(true);
    }
  }

  private long followed() {
    writing.lock();
    try {
      return sequence;
    } finally {
      writing.unlock();
    }
  }

  private void commitQuietly() {
    try {
      commit();
    } catch (IndexException e) {
      note("a commit failed and will be tried again: " + e.getMessage());
    }
  }

  private void purgeQuietly() {
    try {
      purge();
    } catch (IndexException e) {
      note("a purge failed: call purge() again: " + e.getMessage());
    }
  }

  private void note(String note) {
    synchronized (notes) {
      if (notes.isEmpty() || !notes.getLast().equals(note)) {
        notes.add(note);
      }
    }
  }

  private List<String> notes() {
    synchronized (notes) {
      return List.copyOf(notes);
    }
  }

  private IndexException failed(String what, Exception cause) {
    if (cause instanceof IndexException known) {
      return known;
    }
    return new IndexException(
        "%s in %s: make room or mend the disk, then open it again; it follows from the log"
            .formatted(what, directory),
        cause);
  }
}
