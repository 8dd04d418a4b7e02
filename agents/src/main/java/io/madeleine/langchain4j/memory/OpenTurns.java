package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.call.Calls;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The turns that are going on, one inside another, and whose they are. Who loses his turn to
 * another adds nothing more until he begins anew: what he brings then answers a question that is
 * not there. A call that is made inside a turn, by a tool of it mostly, takes it from nobody: the
 * turn around stands still until the one inside has ended.
 */
final class OpenTurns {

  private static final System.Logger LOG = System.getLogger(OpenTurns.class.getName());

  /** Nobody says when a thread has died, so who waits for one looks again after that long. */
  private static final long LOOK_AGAIN = TimeUnit.SECONDS.toNanos(1);

  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition ended = lock.newCondition();
  private final Object id;
  private final Duration patience;
  private final Call.Part part;

  /** The innermost first. */
  private final Deque<Pinned> turns = new ArrayDeque<>();

  private final Latecomers late = new Latecomers();
  private Optional<SystemMessage> system = Optional.empty();

  /**
   * @param id of the conversation
   * @param part is told when the call ends whose turn this is
   */
  OpenTurns(Object id, Duration patience, Call.Part part) {
    this.id = id;
    this.patience = patience;
    this.part = part;
  }

  <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits while the turn of another goes on; gives up on it when it takes too long.
   *
   * @throws IllegalStateException if the thread is interrupted; the other's turn goes on
   */
  void awaitOthers() {
    Asker me = Asker.here();
    if (!waitsInVain(me)) {
      return;
    }
    LOG.log(
        Level.WARNING,
        "conversation {0}: the turn that went on is dropped, since another waited for its end until"
            + " his patience of {1} was over; call abort() where a stream is cancelled, and if the"
            + " other is a tool of that turn on a thread of its own, build the AI service with"
            + " .beforeToolExecution(Calls::toolBegins).afterToolExecution(Calls::toolEnds)",
        id,
        patience);
    for (var other = anothers(me); other.isPresent(); other = anothers(me)) {
      drop(other.get());
    }
  }

  /**
   * Waits as somebody does who only reads. A call is about to ask, so it waits like {@link
   * #awaitOthers}; anybody else may just be looking, or hand what he reads to a model for the
   * thread that said it, so he does not wait.
   *
   * @throws IllegalStateException if it is a call that lost its turn: it would ask a model about
   *     the turns of others
   */
  void awaitToRead() {
    refuseLate();
    if (Asker.here().asks()) {
      awaitOthers();
      refuseLate();
    }
  }

  /** A call with its answer is let read: its guardrails take that back. */
  private void refuseLate() {
    if (isLate() && Calls.here().filter(call -> !call.isAnswered()).isPresent()) {
      throw new IllegalStateException(
          ("conversation '%s': this call has lost its turn, and without its question no model is"
                  + " asked. Either another question waited for its end until the patience of %s"
                  + " was over, or came when its model had failed, or the turn was aborted, erased"
                  + " or replaced. Ask again; if its"
                  + " tools take longer than that, give MemorySettings more patience, and if a tool"
                  + " on a thread of its own asks in the same conversation, build the AI service"
                  + " with .beforeToolExecution(Calls::toolBegins)"
                  + ".afterToolExecution(Calls::toolEnds)")
              .formatted(id, patience));
    }
  }

  /** {@return whether the turn of another still goes on when the patience has ended} */
  private boolean waitsInVain(Asker me) {
    long left = patience.toNanos();
    try {
      while (anothers(me).isPresent() && left > 0) {
        long nanos = Math.min(left, LOOK_AGAIN);
        left -= nanos - ended.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          ("interrupted while waiting for the turn of another in conversation '%s', which goes on;"
                  + " nothing was added: ask again")
              .formatted(id),
          e);
    }
    return anothers(me).isPresent();
  }

  /** {@return the turn for whose end {@code me} has to wait} */
  private Optional<Pinned> anothers(Asker me) {
    return turns.stream()
        .filter(turn -> turn.owner().isBusy())
        .findFirst()
        .filter(turn -> isAnothers(turn, me));
  }

  private static boolean isAnothers(Pinned turn, Asker me) {
    Asker other = turn.owner();
    boolean wouldWaitForItself =
        me.isInside(other) || (other.thread() == me.thread() && turn.lacksAResult());
    return !other.isSame(me) && other.isBusy() && !wouldWaitForItself;
  }

  /** {@return the turn of who asks on this thread; if he has none, the innermost} */
  private Optional<Pinned> mine() {
    Asker me = Asker.here();
    return turns.stream()
        .filter(turn -> turn.owner().isSame(me))
        .findFirst()
        .or(() -> Optional.ofNullable(turns.peek()));
  }

  /** {@return the turn of {@code call}} */
  Optional<Pinned> of(Call call) {
    return turns.stream().filter(turn -> turn.call().filter(call::equals).isPresent()).findFirst();
  }

  /** {@return whether who asks on this thread has lost his turn to another} */
  boolean isLate() {
    return late.contains(Asker.here().key());
  }

  /** {@return whether no turn is going on} */
  boolean isIdle() {
    return turns.isEmpty();
  }

  /** {@return whether none is going on but of calls for which nobody waits} */
  boolean areGivenUp() {
    return turns.stream()
        .allMatch(turn -> turn.call().filter(call -> !call.isWaitedFor()).isPresent());
  }

  /** A turn begins, inside the one that goes on if its call is made there; else that is over. */
  void begin(UserMessage user) {
    takeAway();
    late.remove(Asker.here().key());
    open(List.of(user));
  }

  /** A turn of this thread's asker goes on with {@code messages}; without any there is none. */
  void open(List<ChatMessage> messages) {
    if (!messages.isEmpty()) {
      turns.push(new Pinned(Asker.here().now()));
      messages.forEach(message -> add(message, turns.getFirst()));
    }
  }

  /** All that goes on is over but the turn of this thread's asker, which has other messages now. */
  void exchangeAll(List<ChatMessage> messages) {
    boolean wasErased = Calls.here().flatMap(this::of).filter(Pinned::isErased).isPresent();
    takeAway();
    open(messages);
    if (wasErased && !messages.isEmpty()) {
      turns.getFirst().erase();
    }
  }

  /** Adds {@code message}; {@return the turn to which it belongs} */
  Pinned add(ChatMessage message) {
    Optional<Pinned> mine = mine();
    if (mine.isEmpty()) {
      open(List.of(message));
      return turns.getFirst();
    }
    add(message, mine.get());
    return mine.get();
  }

  private void add(ChatMessage message, Pinned turn) {
    turn.add(message);
    turn.call().ifPresent(call -> call.hold(part));
  }

  /** {@return whether {@code message} is part of this turn, or of none that was before} */
  boolean takes(ChatMessage message) {
    if (isLate()) {
      return false;
    }
    return !(message instanceof ToolExecutionResultMessage result)
        || mine().filter(turn -> turn.asked(result.id())).isPresent();
  }

  void system(Optional<SystemMessage> message) {
    system = message;
  }

  Optional<SystemMessage> system() {
    return system;
  }

  /** A call inside a turn brings a system message of its own: that turn has its own again later. */
  void keepSystem(Supplier<Optional<SystemMessage>> inForce) {
    Optional.ofNullable(turns.peek())
        .filter(OpenTurns::isAround)
        .ifPresent(around -> around.keep(inForce.get()));
  }

  /** {@return the turn that is over when who asks on this thread begins one} */
  Optional<Pinned> leftBehind() {
    return Optional.ofNullable(turns.peek()).filter(turn -> !isAround(turn));
  }

  private static boolean isAround(Pinned turn) {
    return Asker.here().isInside(turn.owner());
  }

  /** Ends a turn that has failed or is given up on: its call is not heard any more. */
  void drop(Pinned turn) {
    turn.call().ifPresent(late::put);
    takeAway(turn);
  }

  /** Ends what goes on, as failed. */
  void dropAll() {
    List.copyOf(turns).forEach(this::drop);
  }

  /**
   * Ends the turns that are not around this thread's own. What others still add to theirs is too
   * late.
   */
  void takeAway() {
    for (var left = leftBehind(); left.isPresent(); left = leftBehind()) {
      takeAway(left.get());
    }
  }

  private void takeAway(Pinned turn) {
    Asker me = Asker.here();
    Asker other = turn.owner();
    if (!other.isSame(me) && (other.call().isPresent() || other.isBusy())) {
      late.put(other.key());
    }
    end(turn);
  }

  /**
   * The conversation is erased, and with it every turn that goes on. Only the turn of the call that
   * does it, and those around that, go on without being logged; {@return whether there are such}
   */
  boolean erase() {
    Asker me = Asker.here();
    for (Pinned turn : List.copyOf(turns)) {
      boolean isItsOwn = turn.call().isPresent() && me.call().equals(turn.call());
      if (isItsOwn || me.isInside(turn.owner())) {
        turn.erase();
      } else {
        takeAway(turn);
      }
    }
    return !turns.isEmpty();
  }

  /** Ends a turn, which is logged by now or dropped; the one around it, if any, goes on. */
  void end(Pinned turn) {
    turns.remove(turn);
    turn.call().ifPresent(call -> call.release(part));
    Optional.ofNullable(turns.peek())
        .flatMap(Pinned::kept)
        .ifPresent(kept -> system = Optional.of(kept));
    ended.signalAll();
  }

  /** {@return all that goes on, the outermost first} */
  List<ChatMessage> messages() {
    var all = new ArrayList<ChatMessage>();
    turns.reversed().forEach(turn -> all.addAll(turn.messages()));
    return all;
  }

  /**
   * {@return what of the turn is shown on this thread} A call sees its own, and what another left
   * behind if nothing is missing in it, nor did its model fail. Anybody else sees a call's, which
   * asks for itself, and another thread's but while a tool's result is missing in it: he may hand
   * it to a model, and most refuse a call without one.
   */
  List<ChatMessage> shown() {
    return mine()
        .filter(turn -> isShown(turn, Asker.here()))
        .map(Pinned::messages)
        .orElse(List.of());
  }

  private static boolean isShown(Pinned turn, Asker me) {
    return me.asks()
        ? turn.owner().isSame(me) || turn.mayBeWhole()
        : !isAnothers(turn, me) || turn.call().isPresent() || !turn.lacksAResult();
  }

  /** {@return {@code turn} as it is logged, behind a system message that is new with it} */
  List<ChatMessage> withSystem(Pinned turn) {
    var all = new ArrayList<ChatMessage>();
    system.ifPresent(all::add);
    all.addAll(turn.messages());
    return all;
  }

  /** {@return whether {@code user} says what a turn began with that goes on} */
  boolean isAbout(UserMessage user) {
    return turns.stream().anyMatch(turn -> turn.isAbout(user));
  }

  /** {@return whether {@code before} was part of a turn; then {@code now} takes its place} */
  boolean exchange(ChatMessage before, ChatMessage now) {
    return turns.stream().anyMatch(turn -> turn.exchange(before, now));
  }
}
