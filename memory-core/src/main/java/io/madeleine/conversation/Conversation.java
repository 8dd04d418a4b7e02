package io.madeleine.conversation;

import io.madeleine.conversation.Turn.Finish;
import io.madeleine.conversation.Turn.Origin;
import io.madeleine.conversation.context.KeptContext;
import io.madeleine.conversation.context.Prompt;
import io.madeleine.conversation.context.TextDigest;
import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.chat.AnswerReader;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.snapshot.Found;
import io.madeleine.memory.snapshot.SnapshotHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A dialogue with a model that goes on where it stopped, also after a restart. Each turn costs the
 * model only what is new in it.
 *
 * <p>One thread at a time: whoever speaks while a turn is under way gets a {@link
 * ConversationBusyException}, and nothing of it is kept. Made by {@link ConversationFactory}.
 */
public final class Conversation {

  private static final int SHORTEST_TURN = 8; // tokens, as a bound on how many turns can fit

  private final ConversationKey key;
  private final ConversationSetup setup;
  private final ConversationFactory factory;

  /** Somebody speaks, or is about to: from the beginning of a turn to its end. */
  private final AtomicBoolean speaking = new AtomicBoolean();

  /** Held during a turn, and for a moment while the cache is saved or forgotten. */
  private final ReentrantLock lock = new ReentrantLock();

  private final List<LoggedTurn> window = new ArrayList<>();
  private Optional<KeptContext> kept = Optional.empty();
  private Origin origin = Origin.NEW;
  private String restoreNote = "";
  private String snapshotText = "";
  private long bytesRestored;
  private boolean loaded;
  private boolean inTurn;
  private int firstTurn;
  private List<LoggedTurn> windowBefore = List.of();
  private int firstTurnBefore;
  private volatile long lastUsed;

  /**
   * A prompt, and the cache that it goes into.
   *
   * @param kept the cache, cut back to what it has in common with the prompt
   * @param prompt all of it
   * @param reused how many of its tokens the cache has already
   */
  record Ready(KeptContext kept, Prompt prompt, int reused) {}

  Conversation(ConversationKey key, ConversationSetup setup, ConversationFactory factory) {
    this.key = key;
    this.setup = setup;
    this.factory = factory;
  }

  /** {@return whose, and which} */
  public ConversationKey key() {
    return key;
  }

  /** {@return all that was ever said here, from the log} */
  public List<LoggedTurn> history() {
    return factory.history().turns(key);
  }

  /** Says something and waits for the answer. */
  public Turn say(String text, TurnListener listener) {
    return say(text, TurnOptions.DEFAULT, listener);
  }

  /**
   * Says something and waits for the answer. Both are in the history when this returns; if it
   * throws, neither is.
   *
   * @throws ConversationBusyException if a turn is under way
   * @throws ContextTooLongException if it does not fit the context, or the memory for keys and
   *     values, even alone
   */
  public Turn say(String text, TurnOptions options, TurnListener listener) {
    try (OpenTurn turn = begin()) {
      turn.add(new ChatMessage.User(text));
      Answer answer = turn.generate(options, listener);
      boolean stopped = answer.finish() == Finish.CANCELLED;
      boolean nothingSaid = answer.message().text().isEmpty();
      return stopped && (nothingSaid || options.onCancel() == TurnOptions.OnCancel.DROP)
          ? turn.abort()
          : turn.commit();
    }
  }

  /**
   * Begins a turn of several steps: tools are called and answer, and all of it is one turn.
   *
   * @throws ConversationBusyException if a turn is under way
   */
  public OpenTurn begin() {
    if (!speaking.compareAndSet(false, true)) {
      throw new ConversationBusyException(key);
    }
    lock.lock();
    try {
      factory.requireOpen();
      load();
      windowBefore = List.copyOf(window);
      firstTurnBefore = firstTurn;
      inTurn = true;
      lastUsed = factory.tick();
      return new OpenTurn(this, factory.history().begin(key));
    } catch (RuntimeException | Error e) {
      leave();
      throw e;
    }
  }

  private void leave() {
    inTurn = false;
    lock.unlock();
    speaking.set(false);
  }

  private void load() {
    if (kept.isEmpty()) {
      restore();
    }
    if (!loaded) {
      int most = Math.max(1, factory.contextLength() / SHORTEST_TURN);
      window.clear();
      window.addAll(factory.history().latest(key, most));
      window.removeIf(turn -> turn.index() < firstTurn);
      firstTurn = window.isEmpty() ? firstTurn : window.getFirst().index();
      loaded = true;
    }
  }

  private void restore() {
    restoreNote = "";
    switch (factory.snapshot(key)) {
      case Found.Whole(SnapshotHeader header, var cache) -> {
        keep(new KeptContext(cache, new Prompt("", header.tokenIds())));
        origin = Origin.SNAPSHOT;
        bytesRestored = cache.bytes();
        snapshotText = header.text();
        firstTurn = header.firstTurn();
        loaded = false;
      }
      case Found.Unusable(String why) -> restoreNote = why;
      case Found.Nothing() -> {}
    }
  }

  /** As long as it has keys and values in memory it must be found, though nobody holds it. */
  private void keep(KeptContext context) {
    kept = Optional.of(context);
    factory.begun().keep(this);
  }

  ReadyModel model() {
    return factory.model();
  }

  ModelRun run(TurnListener listener) {
    return factory.run(listener, lastUsed);
  }

  Prompt keptPrompt() {
    return kept.map(KeptContext::prompt).orElse(Prompt.EMPTY);
  }

  Origin origin() {
    return origin;
  }

  /** {@return what of the past stands in the prompt of the turn under way} */
  Turn.Recalled recalled() {
    if (window.isEmpty() && firstTurn == 0) {
      return Turn.Recalled.NOTHING;
    }
    String why =
        firstTurn == 0
            ? "all earlier turns fit the context"
            : "the last %d turns fit the context; %d before them stay in the history"
                .formatted(window.size(), firstTurn);
    List<Integer> turns = window.stream().map(LoggedTurn::index).toList();
    return new Turn.Recalled(turns, why, origin == Origin.SNAPSHOT ? bytesRestored : 0);
  }

  int turnsLeftOut() {
    return firstTurn;
  }

  /** Makes the prompt, and a cache that holds its beginning and nothing else. */
  Ready prepare(List<ChatMessage> now, TurnOptions options, TurnListener listener) {
    model().check(options.tools());
    Prompt prompt = fitting(now, options, listener);
    KeptContext context = kept.orElseGet(() -> begin(options, listener));
    keep(context);
    // The last token is read in any case: the answer begins with what the model makes of it.
    int common = Math.min(prompt.commonWith(context.prompt()), prompt.tokens().length - 1);
    context.truncate(common);
    return new Ready(context, prompt, common);
  }

  private KeptContext begin(TurnOptions options, TurnListener listener) {
    if (!window.isEmpty()) {
      String why = restoreNote.isEmpty() ? "there is no snapshot" : restoreNote;
      listener.noted(why + ": the earlier turns are read again from the history");
    }
    origin = window.isEmpty() ? Origin.NEW : Origin.RECOMPUTED;
    return factory.fresh(setup, options.tools());
  }

  /** {@return the prompt, with as many of the recent turns as fit} */
  private Prompt fitting(List<ChatMessage> now, TurnOptions options, TurnListener listener) {
    int context = factory.contextLength();
    int room = context - 1 - Math.min(options.maxTokens(), context / 4);
    Prompt prompt = prompt(now, options);
    if (prompt.tokens().length <= room || window.isEmpty()) {
      return factory.fitting(prompt);
    }
    int before = window.size();
    // Down to half, so that the next many turns fit and the front of the prompt stays as it is.
    while (!window.isEmpty() && prompt.tokens().length > room / 2) {
      window.subList(0, Math.max(1, window.size() / 8)).clear();
      prompt = prompt(now, options);
    }
    firstTurn += before - window.size();
    listener.noted(
        "the context is full: the oldest %d turns are no longer read; they stay in the history"
            .formatted(before - window.size()));
    return factory.fitting(prompt);
  }

  private Prompt prompt(List<ChatMessage> now, TurnOptions options) {
    List<ChatMessage> messages = setup.assembler().assemble(setup.instruction(), window, now);
    String text =
        AnswerReader.prompt(factory.writer().text(messages, options.tools()), options.mask());
    return factory.writer().prompt(text, known(text));
  }

  private Prompt known(String text) {
    if (kept.isEmpty()) {
      return Prompt.EMPTY;
    }
    if (!snapshotText.isEmpty()) {
      KeptContext context = kept.get();
      TextDigest.beginningOf(text, snapshotText)
          .ifPresent(known -> context.holds(new Prompt(known, context.prompt().tokens())));
      snapshotText = "";
    }
    return kept.get().prompt();
  }

  void committed(LoggedTurn turn) {
    window.add(turn);
    over();
  }

  void aborted(Prompt before) {
    kept.ifPresent(context -> context.backTo(before));
    window.clear();
    window.addAll(windowBefore);
    firstTurn = firstTurnBefore;
    over();
  }

  private void over() {
    origin = Origin.MEMORY;
    leave();
  }

  long lastUsed() {
    return lastUsed;
  }

  /**
   * Saves the keys and values and gives their memory back, unless a turn is under way.
   *
   * @return whether memory became free
   */
  boolean release() {
    if (!lock.tryLock()) {
      return false;
    }
    try {
      return !inTurn && drop(/* save= */ true);
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #release}, but waits for a turn under way. */
  void close() {
    lock.lock();
    try {
      drop(/* save= */ !inTurn);
    } finally {
      lock.unlock();
    }
  }

  /** Forgets keys, values and turns in memory, because the history has changed under them. */
  void forget() {
    lock.lock();
    try {
      drop(/* save= */ false);
      firstTurn = 0;
    } finally {
      lock.unlock();
    }
  }

  private boolean drop(boolean save) {
    boolean any = kept.isPresent();
    try {
      if (save) {
        kept.ifPresent(context -> factory.save(header(context), context.cache()));
      }
    } finally {
      kept.ifPresent(KeptContext::close);
      kept = Optional.empty();
      window.clear();
      loaded = false;
      factory.begun().letGo(this);
    }
    return any;
  }

  private SnapshotHeader header(KeptContext context) {
    String text = context.prompt().text();
    return new SnapshotHeader(
        key,
        model().fingerprint(),
        context.cache().shape(),
        context.cache().type(),
        window.isEmpty() ? 0 : window.getLast().sequence(),
        firstTurn,
        text.isEmpty() ? snapshotText : TextDigest.of(text),
        SnapshotHeader.boxed(context.prompt().tokens()));
  }
}
