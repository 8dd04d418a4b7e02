package io.madeleine.memory.index;

import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.match.Matches;
import io.madeleine.memory.index.match.Reach;
import io.madeleine.memory.index.match.Search;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.Interval;
import io.madeleine.memory.index.schema.Schema;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.index.schema.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/**
 * Turns, found by words and by vectors. It follows the {@link TurnLog}: what was acknowledged there
 * is found here as soon as {@link #follow} returns, and whatever this directory loses (a crash
 * between two commits, a file, everything) is filled in from there. After a failed write (a full
 * disk) it goes on answering from what it had, and mends itself with the next call that writes.
 *
 * <p>An embedder is optional, may be slow and may fail: a turn is found by its words at once and by
 * its vector when that arrives. Without one the vectors that another process left, and the name of
 * their embedder, stay as they are: turns are found by words alone, and those added meanwhile wait
 * for their vector until the index is opened with that embedder again. Any thread may call any
 * method.
 */
public final class TurnIndex implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(TurnIndex.class.getName());
  private static final int ADD_AT_ONCE = 256;
  private static final int DRAW_FOR_BITS = 3;

  private final Directory directory;
  private final IndexOptions options;
  private final IndexFiles files;
  private final Search search;
  private final Optional<Vectorizer> vectorizer;
  private final Upkeep upkeep = new Upkeep();

  private TurnIndex(Directory directory, IndexOptions options, Optional<Embedder> embedder)
      throws IOException {
    this.directory = directory;
    this.options = options;
    var words = new Words();
    Optional<String> fingerprint = embedder.map(Embedder::fingerprint);
    this.search = new Search(words, reach(options));
    this.files = new IndexFiles(directory, options, words, fingerprint, upkeep, this::lookAgain);
    this.vectorizer = embedder.map(e -> new Vectorizer(e, options, this));
  }

  private void lookAgain() {
    vectorizer.ifPresent(Vectorizer::lookAgain);
  }

  private static Reach reach(IndexOptions options) {
    boolean bits = options.vectors() == IndexOptions.Vectors.BINARY;
    return new Reach(
        options.exhaustive(),
        options.depth(),
        bits ? options.depth() * DRAW_FOR_BITS : options.depth());
  }

  /**
   * {@return the index in {@code directory}; empty, and saying so in its report, where there is
   * none, where it is damaged, or where it was written in another format or with another embedder}
   *
   * @param embedder gives turns their vectors; without one those that are there are kept, for
   *     whoever opens the index with their embedder again
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
    try {
      index.start();
      return index;
    } catch (RuntimeException | Error e) {
      try {
        index.close();
      } catch (RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private void start() {
    upkeep.commitEvery(options.commitEvery(), this::commit);
    vectorizer.ifPresent(Vectorizer::start);
    if (files.isPurgeDue()) {
      purgeInTime();
    }
  }

  /**
   * Catches up with the log: forgets what was erased there and adds what was said since. Call it
   * after every turn; it returns at once if nothing is new.
   *
   * @throws IndexException if it cannot be written; the log is not affected, call again
   */
  public void follow(TurnLog log) {
    files.write(
        "the log could not be followed",
        () -> {
          long last = log.lastSequence();
          if (last < files.followed()) {
            files.startAgain();
            upkeep.note(
                "rebuilt from the log: it is ahead of the log, which ends at %d".formatted(last));
          }
          if (last > files.followed()) {
            catchUp(log, last);
          }
        });
  }

  private void catchUp(TurnLog log, long last) throws IOException {
    eraseNow(log.erasedSince(files.followed()).boxed().toList());
    try (Stream<LoggedTurn> turns = log.since(files.followed())) {
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
    files.follow(last);
  }

  /**
   * Adds turns, or replaces those of the same sequence. One that Lucene refuses is logged and
   * passed over.
   *
   * @throws IndexException if it cannot be written
   */
  public void addAll(List<IndexedTurn> turns) {
    files.write(
        "turns could not be added",
        () -> {
          for (IndexedTurn turn : turns) {
            addOrPassOver(turn);
          }
          if (!turns.isEmpty()) {
            files.touched();
          }
        });
  }

  /** A turn that can be no document must not stand in the way of all that were said after it. */
  private void addOrPassOver(IndexedTurn turn) throws IOException {
    try {
      add(turn);
    } catch (AlreadyClosedException | UncheckedIOException e) {
      throw e; // the files failed, and not the turn
    } catch (RuntimeException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "turn %d stays in the log, but cannot be found".formatted(turn.sequence()),
          e);
    }
  }

  private void add(IndexedTurn turn) throws IOException {
    boolean follows = files.haveVectors() && !turn.text().isBlank();
    Document document = Schema.document(turn, Optional.empty(), follows);
    files.put(turn.sequence(), document);
    if (follows) {
      vectorizer.ifPresent(v -> v.add(turn));
    }
  }

  /**
   * Makes turns vanish from every search. Their bytes leave the files with the next {@link #purge},
   * which happens by itself within {@link IndexOptions#purgeWithin}; after a restart within as long
   * again, and again if it fails.
   *
   * @return how many there were
   */
  public int erase(Collection<Long> sequences) {
    var erased = new int[1];
    files.write("turns could not be erased", () -> erased[0] = eraseNow(sequences));
    return erased[0];
  }

  private int eraseNow(Collection<Long> sequences) throws IOException {
    if (sequences.isEmpty()) {
      return 0;
    }
    for (long erased : sequences) {
      vectorizer.ifPresent(v -> v.forget(erased));
    }
    int there = files.delete(sequences.stream().map(Schema::key).toArray(Term[]::new));
    purgeInTime();
    return there;
  }

  private void purgeInTime() {
    upkeep.purgeWithin(options.purgeWithin(), this::purge, files::isPurgeDue);
  }

  /**
   * Writes anew every file that holds bytes of an erased turn (its words, text and vector) and
   * removes the old ones. Costs about as much as building those files did.
   */
  public void purge() {
    files.write("erased turns could not be purged", files::purge);
  }

  /** Writes what was added so far to disk, with the log's sequence beside it. */
  public void commit() {
    if (!files.isCommitted()) {
      files.write("the index could not be committed", files::commit);
    }
  }

  /** {@return whether turns get vectors; without, they are found by their words} */
  public boolean hasEmbedder() {
    return vectorizer.isPresent();
  }

  /** {@return the vector of a question; empty if there is no embedder, it fails or takes long} */
  public Optional<float[]> vectorOf(String question) {
    return vectorizer.flatMap(v -> v.question(Search.cut(question)));
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
    return search(filter, question, vector, List.of());
  }

  /**
   * {@return what may answer {@code question}, by its words, its vector and the times it names}
   *
   * @param vector the question's, if it is known already
   * @param times that the question names: where not all turns are read, up to {@link
   *     IndexOptions#depth} of each are found that say no word of the question
   * @throws IndexException if the files cannot be read
   */
  public Matches search(
      TurnFilter filter, String question, Optional<float[]> vector, List<Interval> times) {
    float[] direction = vector.orElseGet(() -> new float[0]);
    return files.read(searcher -> search.ask(searcher, filter, question, direction, times));
  }

  /**
   * {@return whether every turn has its vector, after waiting at most {@code millis}; without an
   * embedder there is none to wait for}
   */
  public boolean awaitVectors(long millis) throws InterruptedException {
    return vectorizer.isEmpty() || vectorizer.get().await(millis);
  }

  /** {@return how the index stands} */
  public IndexReport report() {
    List<String> notes = new ArrayList<>(upkeep.notes());
    vectorizer.ifPresent(v -> notes.addAll(v.notes()));
    return files.report(notes);
  }

  @Override
  public void close() {
    upkeep.stop();
    vectorizer.ifPresent(Vectorizer::close);
    try {
      try {
        commit();
      } finally {
        files.close();
      }
    } catch (IOException e) {
      throw new IndexException("the index in %s could not be closed".formatted(directory), e);
    }
  }

  /** Puts vectors beside turns that were added without, unless they were erased meanwhile. */
  void fill(List<IndexedTurn> turns, List<float[]> vectors, VectorQueue queue) {
    if (files.isClosed()) {
      return;
    }
    files.write(
        "vectors could not be added",
        () -> {
          for (int i = 0; i < turns.size(); i++) {
            IndexedTurn turn = turns.get(i);
            if (queue.claim(turn.sequence())) {
              files
                  .writer()
                  .updateDocument(
                      Schema.key(turn.sequence()),
                      Schema.document(turn, Optional.of(vectors.get(i)), false));
            }
          }
          files.touched();
        });
  }

  /**
   * Queues up to {@code most} turns that the files say are waiting for their vector, and none that
   * was set aside. Nobody can erase one between the look and the queue.
   *
   * @return how many
   */
  int queueWaiting(int most, VectorQueue queue) {
    return files.readAlone(
        searcher -> {
          var found = searcher.search(Schema.waitingBut(queue.refused()), most);
          var stored = searcher.storedFields();
          for (var hit : found.scoreDocs) {
            queue.add(Schema.turn(stored.document(hit.doc)));
          }
          return found.scoreDocs.length;
        });
  }
}
