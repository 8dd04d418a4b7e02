package io.madeleine.memory.history;

import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The history: an append-only log of whole turns. A turn is on disk when its commit returns, and
 * not in the log before; a process killed at any instant loses no turn that was acknowledged and
 * leaves none half written. Everything else (windows, episodes, indexes, KV caches) is derived from
 * it.
 *
 * <p>In memory it holds 24 bytes for each turn and no text. Any thread may call any method; commits
 * of several threads share one wait for the disk. One process at a time may open a directory.
 */
public final class TurnLog implements AutoCloseable {

  private static final int READ_AHEAD = 64;

  private final Clock clock;
  private final DirectoryLock lock;
  private final LogStore store;

  private TurnLog(Clock clock, DirectoryLock lock, LogStore store) {
    this.clock = clock;
    this.lock = lock;
    this.store = store;
  }

  /** {@return the log in {@code directory}, which is created where there is none} */
  public static TurnLog open(Path directory, Clock clock) {
    return open(directory, clock, LogOptions.DEFAULT);
  }

  /**
   * {@return the log in {@code directory}, which is created where there is none} It finishes an
   * erasure that was cut short; where that fails, the {@link #report} says so.
   *
   * @throws LogException if the directory cannot be written or is open already, here or in another
   *     process
   */
  public static TurnLog open(Path directory, Clock clock, LogOptions options) {
    DirectoryLock lock = DirectoryLock.take(directory);
    try {
      return new TurnLog(clock, lock, LogStore.open(directory, options));
    } catch (RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /** {@return what was found on opening} */
  public LogReport report() {
    return store.report();
  }

  /**
   * {@return why no turn can be added or erased any more until the log is opened again; empty while
   * that can be} A write that failed and was taken back is none. Never waits, whoever writes.
   */
  public Optional<LogException> failure() {
    return store.failure();
  }

  /** {@return a turn to be filled; nothing is written before its {@link PendingTurn#commit}} */
  public PendingTurn begin(ConversationKey conversation) {
    return new PendingTurn(this, conversation, clock);
  }

  /**
   * {@return the turn, on disk before this returns}
   *
   * @throws LogException if it could not be written; then nothing of it is in the log
   * @throws IllegalArgumentException if it has no message or is larger than the log takes
   */
  public LoggedTurn append(
      ConversationKey conversation, List<LoggedMessage> messages, Map<String, String> attributes) {
    return store.append(conversation, "", messages, attributes);
  }

  /** As {@link #append(ConversationKey, List, Map)}, under the caller's own id for the turn. */
  public LoggedTurn append(
      ConversationKey conversation,
      String id,
      List<LoggedMessage> messages,
      Map<String, String> attributes) {
    return store.append(conversation, id, messages, attributes);
  }

  /**
   * A turn that is not in a log yet.
   *
   * @param conversation to which it belongs
   * @param messages at least one
   * @param attributes of the whole turn
   */
  public record Draft(
      ConversationKey conversation, List<LoggedMessage> messages, Map<String, String> attributes) {

    public Draft {
      messages = List.copyOf(messages);
      attributes = Map.copyOf(attributes);
    }
  }

  /**
   * Puts turns at the end of their conversations, in this order, and waits for the disk once rather
   * than for each (once in {@link LogOptions#largestTurnBytes}, to be exact).
   *
   * @return the turns, all of them on disk before this returns
   * @throws LogException if one could not be written; those before it may be in the log, none after
   * @throws IllegalArgumentException if one has no message or is larger than the log takes; then
   *     none is in the log
   */
  public List<LoggedTurn> append(List<Draft> turns) {
    return store.append(turns);
  }

  /** {@return all turns of a conversation, oldest first; empty if there is no such conversation} */
  public List<LoggedTurn> turns(ConversationKey conversation) {
    return store.read(store.sequences(conversation));
  }

  /**
   * {@return some turns of a conversation, oldest first}
   *
   * @param from how many turns stand before the first of them, at least 0
   * @param to how many stand before the first that is left out; there may be fewer
   */
  public List<LoggedTurn> turns(ConversationKey conversation, int from, int to) {
    long[] all = store.sequences(conversation);
    int end = Math.min(to, all.length);
    return store.read(Arrays.copyOfRange(all, Math.min(from, end), end));
  }

  /**
   * {@return all turns of a conversation, oldest first, read as the stream goes, so that any number
   * fits} One that is erased meanwhile is left out, and one that is added.
   */
  public Stream<LoggedTurn> stream(ConversationKey conversation) {
    return Arrays.stream(store.sequences(conversation))
        .mapToObj(this::turn)
        .flatMap(Optional::stream);
  }

  /** {@return the newest {@code count} turns of a conversation, oldest first} */
  public List<LoggedTurn> latest(ConversationKey conversation, int count) {
    long[] all = store.sequences(conversation);
    return store.read(Arrays.copyOfRange(all, Math.max(0, all.length - count), all.length));
  }

  /** {@return how many turns a conversation has} */
  public int size(ConversationKey conversation) {
    return store.sequences(conversation).length;
  }

  /** {@return the turn with that sequence, if it was not erased} */
  public Optional<LoggedTurn> turn(long sequence) {
    return store.read(new long[] {sequence}).stream().findFirst();
  }

  /**
   * {@return every turn whose sequence is greater than {@code sequence}, of all tenants, in order
   * of their sequence; read as the stream goes, so that any number fits}
   *
   * @param sequence the last one known; 0 for all
   */
  public Stream<LoggedTurn> since(long sequence) {
    return Stream.iterate(
            store.from(sequence + 1, READ_AHEAD),
            chunk -> chunk.length > 0,
            chunk -> store.from(chunk[chunk.length - 1] + 1, READ_AHEAD))
        .flatMap(chunk -> Arrays.stream(chunk).mapToObj(this::turn).flatMap(Optional::stream));
  }

  /** {@return the sequences erased after {@code sequence}, for whatever was derived from them} */
  public LongStream erasedSince(long sequence) {
    return store.erasedSince(sequence);
  }

  /** {@return the sequence of the newest record; 0 if there is none} */
  public long lastSequence() {
    return store.lastSequence();
  }

  /** {@return how often a commit waited for the disk since the log was opened} */
  long flushes() {
    return store.flushes();
  }

  /** {@return everybody who has a turn here} */
  public List<Tenant> tenants() {
    return store.tenants();
  }

  /** {@return the conversations of a tenant, oldest first} */
  public List<ConversationKey> conversations(Tenant tenant) {
    return store.conversations(tenant);
  }

  /**
   * Makes turns vanish: first for every reader, then from the files, which are written anew without
   * them; whoever appends waits for that, whoever reads does not. Killed in between, the rest is
   * done on the next {@link #open}; what an earlier erasure could not finish is tried again by each
   * that follows.
   *
   * @return what is gone, once no file of the log holds a byte of it, or of what was erased before
   * @throws UnfinishedErasureException if the turns are hidden, but a file could not be written
   *     anew, for them or for what was erased before; turns can be added all the same
   * @throws LogException if nothing was erased, since that could not be written down
   */
  public Erasure.Receipt erase(Erasure request) {
    return store.erase(request, clock.instant());
  }

  /**
   * The same for whoever has other places to ask: an erasure that is not finished does not keep
   * them from that.
   *
   * @param failures takes an {@link UnfinishedErasureException}, to be thrown once all are asked
   * @return what no reader sees any more, even where its bytes are still there
   * @throws LogException if nothing was erased, since that could not be written down
   */
  public Erasure.Receipt erase(Erasure request, Failures failures) {
    try {
      return erase(request);
    } catch (UnfinishedErasureException e) {
      failures.add(e);
      return e.receipt();
    }
  }

  /**
   * Puts a turn at the end of a conversation in the place of one of its own, which vanishes as by
   * {@link #erase}. Readers see one of the two. Both go to the disk in one write: killed before it,
   * the old turn is there, and only where it is cut short between the two, both.
   *
   * @param old the turn that vanishes
   * @param messages of the new one
   * @return the new turn, on disk before this returns; empty if the old one is not there, and
   *     nothing was written
   * @throws UnfinishedErasureException if the new turn is there and the old one hidden, but a file
   *     could not be written anew
   * @throws LogException if it could not be written; then the old turn is there as before
   * @throws IllegalArgumentException if there is no message, or they are larger than the log takes
   */
  public Optional<LoggedTurn> exchange(Erasure.OfTurn old, List<LoggedMessage> messages) {
    return exchange(old, messages, Map.of());
  }

  /** As {@link #exchange(Erasure.OfTurn, List)}, with attributes for the new turn. */
  public Optional<LoggedTurn> exchange(
      Erasure.OfTurn old, List<LoggedMessage> messages, Map<String, String> attributes) {
    return store.exchange(old, messages, attributes, clock.instant());
  }

  /** Lets go of the directory. A commit under way ends first. */
  @Override
  public void close() {
    try {
      store.close();
    } finally {
      lock.close();
    }
  }
}
