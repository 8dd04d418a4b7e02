package io.madeleine.memory.history;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Files and offsets together. Writers take {@code writing}; the one that gets it writes for all who
 * wait. What readers may see changes under {@code seen} as well, which a writer takes for no longer
 * than that: nobody waits for a file that is copied. A writer may look at it without {@code seen}.
 */
final class LogStore {

  private static final System.Logger LOG = System.getLogger(TurnLog.class.getName());

  private final Path directory;
  private final LogOptions options;
  private final ReentrantLock writing =
      new ReentrantLock(/* fair= */ true); // or batches stay small
  private final ReentrantReadWriteLock seen = new ReentrantReadWriteLock();
  private final ConcurrentLinkedQueue<Commit> queue = new ConcurrentLinkedQueue<>();
  private final TurnOffsets offsets = new TurnOffsets();
  private final Tombstones tombstones = new Tombstones();
  private final DueRewrites due = new DueRewrites();
  private final SegmentFiles files;
  private final LogReport report;
  private long lastSequence;
  private long flushes;
  private volatile @Nullable LogException broken; // changes under writing

  private LogStore(Path directory, LogOptions options) throws IOException {
    this.directory = directory;
    this.options = options;
    var opening = new Opening();
    this.files = SegmentFiles.open(directory, options, opening);
    finishErasures();
    this.report =
        new LogReport(
            offsets.turns(),
            offsets.conversations(),
            files.count(),
            opening.torn,
            opening.damages,
            due.count());
  }

  static LogStore open(Path directory, LogOptions options) {
    try {
      return new LogStore(directory, options);
    } catch (IOException e) {
      throw new LogException(
          directory, "cannot be read", "Check the disk and the permissions of its files", e);
    }
  }

  /** Fills the offsets while the files are scanned. */
  private final class Opening implements SegmentFiles.Visitor {
    private final List<LogReport.Damage> damages = new ArrayList<>();
    private long torn;

    @Override
    public void record(long position, ByteBuffer payload) {
      byte kind = payload.get();
      long sequence = payload.getLong();
      int index = payload.getInt();
      lastSequence = Math.max(lastSequence, sequence);
      if (kind == Segment.TURN) {
        offsets.add(TurnCodec.key(payload), sequence, index, position);
      } else if (kind == Segment.ERASURE) {
        erased(tombstones.add(sequence, payload));
      }
    }

    /** Most are gone from the files as well, and nobody looks for them among all turns. */
    private void erased(Tombstones.Entry entry) {
      long[] there = entry.sequences().filter(offsets::holds).toArray();
      for (long sequence : there) {
        due.add(Set.of(TurnOffsets.ordinal(offsets.position(sequence))));
      }
      if (there.length > 0) {
        offsets.remove(entry::holds);
      }
    }

    @Override
    public void damage(LogReport.Damage damage) {
      damages.add(damage);
    }

    @Override
    public void torn(long bytes) {
      torn = bytes;
    }
  }

  /** A disk without room for a copy must not keep everybody else from the log. */
  private void finishErasures() {
    Throwable failure = rewriteDue().failure();
    if (failure != null) {
      LOG.log(
          System.Logger.Level.WARNING,
          "erased turns are hidden, but some of their bytes are still in %s".formatted(directory),
          failure);
    }
  }

  private DueRewrites.Attempt rewriteDue() {
    return due.attempt(
        ordinal -> files.rewrite(ordinal, tombstones::hold, seen.writeLock(), offsets::moved));
  }

  Optional<LogException> failure() {
    return Optional.ofNullable(broken);
  }

  LogReport report() {
    return report;
  }

  LoggedTurn append(
      ConversationKey key,
      String id,
      List<LoggedMessage> messages,
      Map<String, String> attributes) {
    return written(List.of(commit(key, id, messages, attributes))).getFirst();
  }

  List<LoggedTurn> append(List<TurnLog.Draft> turns) {
    List<Commit> commits =
        turns.stream()
            .map(turn -> commit(turn.conversation(), "", turn.messages(), turn.attributes()))
            .toList();
    for (int i = 1; i < commits.size(); i++) {
      commits.get(i).comesBehind(commits.get(i - 1));
    }
    return written(commits);
  }

  private Commit commit(
      ConversationKey key,
      String id,
      List<LoggedMessage> messages,
      Map<String, String> attributes) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException(
          "a turn of conversation '%s' needs at least one message".formatted(key.id()));
    }
    byte[] body = TurnCodec.encode(key, id, messages, attributes);
    if (body.length > options.largestTurnBytes()) {
      throw new IllegalArgumentException(
          "a turn may have %,d bytes, but this one has %,d: split it, or raise largestTurnBytes"
              .formatted(options.largestTurnBytes(), body.length));
    }
    return new Commit(key, body);
  }

  private List<LoggedTurn> written(List<Commit> commits) {
    queue.addAll(commits);
    writing.lock();
    try {
      while (commits.stream().anyMatch(commit -> !commit.done)) {
        writeWaiting();
      }
    } catch (RuntimeException | Error e) {
      queue.removeAll(commits); // or somebody else writes what is said to have failed
      throw e;
    } finally {
      writing.unlock();
    }
    var turns = new ArrayList<LoggedTurn>(commits.size());
    for (Commit commit : commits) {
      if (commit.failure != null) {
        throw commit.failure;
      }
      turns.add(decoded(commit));
    }
    return turns;
  }

  private static LoggedTurn decoded(Commit commit) {
    return TurnCodec.decode(ByteBuffer.wrap(commit.body), commit.sequence, commit.index);
  }

  private void writeWaiting() {
    var batch = new ArrayList<Commit>();
    try {
      takeWaiting(batch);
      if (broken != null) {
        fail(batch, broken);
      } else if (!batch.isEmpty()) {
        files.append(frames(batch));
        flushes++;
        publish(batch, batch.getLast().sequence);
      }
    } catch (IOException e) {
      fail(batch, notWritten(e));
    } catch (RuntimeException | Error e) {
      // They are off the queue: who waits for one that nobody calls done would wait for ever.
      fail(batch, notWritten(e));
      throw e;
    }
  }

  /** Takes as many off the queue as go to the disk together. */
  private void takeWaiting(List<Commit> batch) {
    long bytes = 0;
    for (Commit next = queue.peek(); next != null; next = queue.peek()) {
      LogException failure = next.failureBefore();
      if (failure != null) {
        fail(List.of(next), failure);
      } else if (batch.isEmpty() || bytes + next.body.length <= options.largestTurnBytes()) {
        batch.add(next);
        bytes += next.body.length;
      } else {
        return;
      }
      queue.remove();
    }
  }

  private byte[] frames(List<Commit> batch) throws IOException {
    Segment segment = files.growing();
    var nextIndex = new HashMap<ConversationKey, Integer>();
    var frames = new ByteArrayOutputStream();
    long sequence = lastSequence; // which stays, should they not be written: the next are these
    for (Commit commit : batch) {
      commit.sequence = ++sequence;
      commit.index = nextIndex.merge(commit.key, offsets.nextIndex(commit.key), (a, b) -> a + 1);
      commit.position = TurnOffsets.position(segment.ordinal(), files.end() + frames.size());
      frames.writeBytes(segment.frame(Segment.TURN, commit.sequence, commit.index, commit.body));
    }
    return frames.toByteArray();
  }

  private void publish(List<Commit> batch, long last) {
    seen.writeLock().lock();
    try {
      lastSequence = last;
      for (Commit commit : batch) {
        offsets.add(commit.key, commit.sequence, commit.index, commit.position);
        commit.done = true;
      }
    } catch (RuntimeException | Error e) {
      broken =
          new LogException(
              directory,
              "turns are on the disk that are not in memory",
              "Open the log again; nothing is lost",
              e);
      throw e;
    } finally {
      seen.writeLock().unlock();
    }
  }

  private static void fail(List<Commit> batch, LogException failure) {
    for (Commit commit : batch) {
      if (!commit.done) {
        commit.failure = failure;
        commit.done = true;
      }
    }
  }

  private LogException notWritten(Throwable cause) {
    return takenBack(
        cause,
        "the turn could not be written and is not part of the history",
        "Make room on the disk and say it again");
  }

  /** A write failed: the file ends where it ended before, or nobody may write to it any more. */
  private LogException takenBack(Throwable cause, String what, String remedy) {
    if (broken != null) {
      return broken;
    }
    try {
      files.cutBack();
    } catch (IOException again) {
      cause.addSuppressed(again);
      broken =
          new LogException(
              directory,
              "a write failed and could not be taken back",
              "Open the log again when the disk is well; what was acknowledged is safe",
              cause);
      return broken;
    }
    return new LogException(directory, what, remedy, cause);
  }

  List<LoggedTurn> read(long[] sequences) {
    var turns = new ArrayList<LoggedTurn>(sequences.length);
    for (long sequence : sequences) {
      read(sequence).ifPresent(turns::add);
    }
    return turns;
  }

  private Optional<LoggedTurn> read(long sequence) {
    seen.readLock().lock();
    try {
      return offsets.holds(sequence)
          ? files
              .read(offsets.position(sequence))
              .filter(payload -> Segment.sequence(payload) == sequence) // or it lies there no more
              .map(LogStore::decode)
          : Optional.empty();
    } catch (IOException e) {
      throw new LogException(
          directory, "turn %d cannot be read".formatted(sequence), "Check the disk", e);
    } finally {
      seen.readLock().unlock();
    }
  }

  private static LoggedTurn decode(ByteBuffer payload) {
    payload.get();
    return TurnCodec.decode(payload, payload.getLong(), payload.getInt());
  }

  long[] sequences(ConversationKey key) {
    return reading(() -> offsets.sequences(key));
  }

  long[] from(long sequence, int limit) {
    return reading(() -> offsets.from(sequence, limit));
  }

  List<Tenant> tenants() {
    return reading(offsets::tenants);
  }

  List<ConversationKey> conversations(Tenant tenant) {
    return reading(() -> offsets.conversations(tenant));
  }

  LongStream erasedSince(long sequence) {
    return reading(() -> tombstones.since(sequence));
  }

  long lastSequence() {
    return reading(() -> lastSequence);
  }

  long flushes() {
    writing.lock();
    try {
      return flushes;
    } finally {
      writing.unlock();
    }
  }

  private <T> T reading(Supplier<T> view) {
    seen.readLock().lock();
    try {
      return view.get();
    } finally {
      seen.readLock().unlock();
    }
  }

  Erasure.Receipt erase(Erasure request, Instant at) {
    return vanish(request, List.of(), at);
  }

  Optional<LoggedTurn> exchange(
      Erasure.OfTurn old,
      List<LoggedMessage> messages,
      Map<String, String> attributes,
      Instant at) {
    Commit instead = commit(old.conversation(), "", messages, attributes);
    return vanish(old, List.of(instead), at).turns() == 0
        ? Optional.empty()
        : Optional.of(decoded(instead));
  }

  private Erasure.Receipt vanish(Erasure request, List<Commit> instead, Instant at) {
    writing.lock();
    try {
      if (broken != null) {
        throw broken;
      }
      return vanish(new ErasedTurns(request, offsets, this::read), instead, at);
    } finally {
      writing.unlock();
    }
  }

  private Erasure.Receipt vanish(ErasedTurns turns, List<Commit> instead, Instant at) {
    if (!turns.isEmpty()) {
      bury(turns, instead);
    }
    DueRewrites.Attempt rewritten = rewriteDue();
    Erasure.Receipt receipt = turns.receipt(at, rewritten);
    if (rewritten.failure() != null) {
      throw new UnfinishedErasureException(directory, receipt, rewritten.failure());
    }
    return receipt;
  }

  /**
   * What comes instead stands before the erasure, in one write with it: cut short, it leaves what
   * was there.
   */
  private void bury(ErasedTurns turns, List<Commit> instead) {
    byte[] body = Tombstones.encode(turns.sequences());
    long sequence = lastSequence + instead.size() + 1;
    try {
      var frames = new ByteArrayOutputStream();
      frames.writeBytes(frames(instead));
      frames.writeBytes(files.growing().frame(Segment.ERASURE, sequence, 0, body));
      files.append(frames.toByteArray());
    } catch (IOException e) {
      throw takenBack(
          e,
          "the erasure could not be written down, and nothing was erased",
          "Make room on the disk and ask again");
    }
    due.add(turns.ordinals());
    seen.writeLock().lock();
    try {
      publish(instead, sequence);
      offsets.remove(tombstones.add(sequence, ByteBuffer.wrap(body))::holds);
    } finally {
      seen.writeLock().unlock();
    }
  }

  void close() {
    writing.lock();
    try {
      broken = new LogException(directory, "the log is closed", "Open it again");
      files.close();
    } catch (IOException e) {
      throw new LogException(directory, "cannot be closed", "Check the disk", e);
    } finally {
      writing.unlock();
    }
  }
}
