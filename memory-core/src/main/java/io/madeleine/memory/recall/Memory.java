package io.madeleine.memory.recall;

import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.IndexException;
import io.madeleine.memory.index.IndexReport;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.retrieval.RankedTurn;
import io.madeleine.memory.retrieval.RecallRequest;
import io.madeleine.memory.retrieval.Retriever;
import io.madeleine.memory.retrieval.UserWords;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The memory of any model, as text: {@link #remember} a turn, {@link #recall} what a question
 * needs, {@link #forget} for good.
 *
 * <p>A turn is safe when {@code remember} returns, and found from then on. The log is the truth; if
 * the index cannot keep up (a full disk, a damaged file) the turn is kept all the same and the next
 * call catches up. One process at a time; any thread may call any method.
 *
 * {@snippet :
 * try (var memory = Memory.open(directory, Clock.systemUTC(), MemoryOptions.DEFAULT)) {
 *   memory.remember(key, List.of(new LoggedMessage(now, new ChatMessage.User("My dog is Rex."))));
 *   var recall = memory.recall(new RecallRequest(TurnFilter.in(key), "Who is Rex?", now), 500);
 *   prompt.append(recall.fenced(ZoneOffset.UTC));
 * }
 * }
 */
public final class Memory implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Memory.class.getName());

  private final TurnLog log;
  private final TurnIndex index;
  private final Retriever retriever;
  private final Clock clock;
  private final MemoryOptions options;
  private final boolean owned;
  private final Erasers erasers = new Erasers();

  private Memory(TurnLog log, TurnIndex index, Clock clock, MemoryOptions options, boolean owned) {
    this.log = log;
    this.index = index;
    this.retriever = new Retriever(index, options.zone(), UserWords.in(log));
    this.clock = clock;
    this.options = options;
    this.owned = owned;
    index.follow(log);
  }

  /**
   * {@return the memory in {@code directory}, which is made where there is none: the log in {@code
   * log}, and in {@code index} what can be derived from it}
   *
   * @throws io.madeleine.memory.history.LogException if the directory cannot be used
   * @throws IndexException if the index cannot be opened, or cannot follow the log
   */
  public static Memory open(Path directory, Clock clock, MemoryOptions options) {
    TurnLog log = TurnLog.open(directory.resolve("log"), clock, options.log());
    try {
      return open(log, directory.resolve("index"), clock, options);
    } catch (RuntimeException | Error e) {
      close(log::close, e);
      throw e;
    }
  }

  private static Memory open(TurnLog log, Path directory, Clock clock, MemoryOptions options) {
    TurnIndex index = TurnIndex.open(directory, options.index(), options.embedder());
    try {
      return new Memory(log, index, clock, options, true);
    } catch (RuntimeException | Error e) {
      close(index::close, e); // or the next try finds "another process" in it
      throw e;
    }
  }

  private static void close(Runnable part, Throwable why) {
    try {
      part.run();
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    }
  }

  /** {@return a memory over a log and an index that somebody else opened and will close} */
  public static Memory over(TurnLog log, TurnIndex index, Clock clock, MemoryOptions options) {
    return new Memory(log, index, clock, options, false);
  }

  /**
   * Asks {@code eraser} too, from now on, when something is forgotten; what it fails to erase, each
   * time until it did.
   */
  public void alsoErase(Eraser eraser) {
    erasers.add(eraser);
  }

  /** {@return the turn, safe on disk and found from now on} */
  public LoggedTurn remember(ConversationKey conversation, List<LoggedMessage> messages) {
    return remember(conversation, messages, Map.of());
  }

  /** {@return the turn with attributes, safe on disk and found from now on} */
  public LoggedTurn remember(
      ConversationKey conversation, List<LoggedMessage> messages, Map<String, String> attributes) {
    LoggedTurn turn = log.append(conversation, messages, attributes);
    catchUp();
    return turn;
  }

  /** Makes found what others appended to the log. */
  public void catchUp() {
    try {
      index.follow(log);
    } catch (IndexException e) {
      LOG.log(System.Logger.Level.WARNING, "turns are safe but cannot be found yet", e);
    }
  }

  /**
   * {@return what the question needs, in the order in which it was said}
   *
   * @param budget how many tokens the texts may take together
   */
  public Recall recall(RecallRequest request, int budget) {
    Map<Long, LoggedTurn> turns = new HashMap<>();
    Map<Long, Integer> costs = new HashMap<>();
    List<RankedTurn> packed =
        Retriever.pack(
            retriever.rank(request),
            budget,
            sequence -> {
              Optional<LoggedTurn> turn = log.turn(sequence);
              turn.ifPresent(t -> turns.put(sequence, t));
              int cost = turn.map(this::tokens).orElse(Integer.MAX_VALUE);
              costs.put(sequence, cost);
              return cost;
            });
    List<Excerpt> excerpts = new ArrayList<>();
    int tokens = 0;
    for (RankedTurn ranked : packed) {
      LoggedTurn turn = turns.get(ranked.sequence());
      if (turn != null) {
        excerpts.add(new Excerpt(turn, episode(turn), ranked.score(), ranked.reasons()));
        tokens += costs.getOrDefault(ranked.sequence(), 0);
      }
    }
    excerpts.sort(Comparator.comparing((Excerpt e) -> e.turn().sequence()));
    return new Recall(request.question(), excerpts, tokens, budget);
  }

  private int tokens(LoggedTurn turn) {
    return options.tokens().applyAsInt(IndexedTurn.of(turn).text());
  }

  private static String episode(LoggedTurn turn) {
    return turn.attributes().getOrDefault("episode", "");
  }

  /**
   * Forgets turns, a conversation, a tenant or a time. Nothing of it is found once this returns;
   * the receipt says by when its bytes are gone.
   *
   * @throws io.madeleine.memory.history.UnfinishedErasureException if nothing of it is found any
   *     more, but a file of the log could not be written anew; every other place was asked all the
   *     same. Forget again once there is room
   * @throws io.madeleine.memory.history.LogException if nothing was forgotten
   * @throws RuntimeException if another place could not be written; the log forgot and the others
   *     were asked all the same, and the index follows from the log by itself. Forget again: an
   *     {@link Eraser} that failed is told the same turns once more
   */
  public ForgetReceipt forget(Erasure request) {
    var failures = new Failures();
    Erasure.Receipt receipt = log.erase(request, failures);
    List<ForgetReceipt.Erased> places = new ArrayList<>();
    places.add(
        new ForgetReceipt.Erased(
            "log",
            receipt.turns(),
            "%d messages, %d bytes".formatted(receipt.messages(), receipt.bytes()),
            receipt.at()));
    failures.trying(() -> places.add(eraseFromIndex(receipt)));
    places.addAll(erasers.erase(receipt, failures));
    failures.throwFirst();
    return new ForgetReceipt(request, receipt.at(), receipt.turns(), places);
  }

  private ForgetReceipt.Erased eraseFromIndex(Erasure.Receipt receipt) {
    int found = index.erase(receipt.sequences());
    index.follow(log);
    return new ForgetReceipt.Erased(
        "index",
        found,
        "words, text and vectors",
        clock.instant().plus(options.index().purgeWithin()));
  }

  /** Removes the bytes of what was forgotten from the index's files now, not by the deadline. */
  public void purge() {
    index.purge();
  }

  /**
   * Writes all that {@code tenant} ever said as JSON Lines, a turn a line, oldest first.
   *
   * @return how many turns
   */
  public long export(Tenant tenant, Appendable out) {
    long turns = 0;
    try {
      for (ConversationKey key : log.conversations(tenant)) {
        for (LoggedTurn turn : log.turns(key)) {
          out.append(TurnLines.write(turn)).append('\n');
          turns++;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the export of '%s' broke off".formatted(tenant.id()), e);
    }
    return turns;
  }

  /**
   * Remembers every turn of an {@link #export}, under the same ids and times; exported again, it is
   * the same text.
   *
   * @return how many turns
   * @throws IllegalArgumentException if a line is not a turn; the lines before it are remembered
   */
  public long importFrom(BufferedReader in) {
    long number = 0;
    long turns = 0;
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        if (!line.isBlank()) {
          TurnLines.Line turn = TurnLines.read(line, number);
          log.append(turn.conversation(), turn.id(), turn.messages(), turn.attributes());
          turns++;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the import broke off at line %d".formatted(number), e);
    } finally {
      catchUp();
    }
    return turns;
  }

  /** {@return the history under it} */
  public TurnLog log() {
    return log;
  }

  /** {@return the index that finds what is in it} */
  public TurnIndex index() {
    return index;
  }

  /** {@return how the index stands} */
  public IndexReport report() {
    return index.report();
  }

  @Override
  public void close() {
    if (owned) {
      index.close();
      log.close();
    }
  }
}
