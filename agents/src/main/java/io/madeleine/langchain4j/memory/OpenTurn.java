package io.madeleine.langchain4j.memory;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.message.Messages;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The turn that is going on, and whose it is. Who loses his turn to another adds nothing more until
 * he begins anew: what he brings then answers a question that is not there.
 */
final class OpenTurn {

  private static final System.Logger LOG = System.getLogger(OpenTurn.class.getName());

  /** How many are remembered who lost their turn. */
  private static final int REMEMBERED = 16;

  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition ended = lock.newCondition();
  private final Object id;
  private final Duration patience;
  private final Call.Part part;
  private final List<ChatMessage> messages = new ArrayList<>();
  private final Set<Object> late = new LinkedHashSet<>();
  private Optional<SystemMessage> system = Optional.empty();
  private Optional<Asker> owner = Optional.empty();

  /**
   * @param id of the conversation
   * @param part is told when the call ends whose turn this is
   */
  OpenTurn(Object id, Duration patience, Call.Part part) {
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

  /** Waits while the turn of another goes on; gives up on it when it takes too long. */
  void awaitOthers() {
    if (waitsInVain()) {
      LOG.log(
          Level.WARNING,
          "conversation {0}: the turn that went on is dropped, since another waited for its end until"
              + " his patience of {1} was over; call abort() where a stream is cancelled, and if the"
              + " other is a tool of that turn on a thread of its own, build the AI service with"
              + " .beforeToolExecution(Calls::toolBegins).afterToolExecution(Calls::toolEnds)",
          id,
          patience);
      drop();
    }
  }

  /**
   * Waits as somebody does who only reads. A call is about to ask, so it waits like {@link
   * #awaitOthers}; anybody else may just be looking, or hand what he reads to a model for the
   * thread that said it, so he does not wait.
   */
  void awaitToRead() {
    if (Asker.here().asks()) {
      awaitOthers();
    }
  }

  /** {@return whether the turn of another still goes on when the patience has ended} */
  private boolean waitsInVain() {
    Asker me = Asker.here();
    long left = patience.toNanos();
    boolean interrupted = false;
    while (isAnothers(me) && left > 0 && !interrupted) {
      try {
        left = ended.awaitNanos(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return isAnothers(me);
  }

  private boolean isAnothers(Asker me) {
    return owner
        .filter(other -> !other.isSame(me) && other.isBusy() && !isInside(other, me))
        .isPresent();
  }

  /** Whoever asks inside the turn, in a tool of it mostly, would wait for himself. */
  private boolean isInside(Asker other, Asker me) {
    return me.isInside(other) || (other.thread() == me.thread() && lacksAResult());
  }

  private boolean isOfACall() {
    return call().isPresent();
  }

  private boolean lacksAResult() {
    return !asked().isEmpty() && !hasAllResults();
  }

  /** {@return the call whose turn this is} */
  Optional<Call> call() {
    return owner.flatMap(Asker::call);
  }

  /** {@return whether this is the turn of {@code call}} */
  boolean isOf(Call call) {
    return call().filter(call::equals).isPresent();
  }

  /** {@return whether who asks on this thread has lost his turn to another} */
  boolean isLate() {
    return late.contains(Asker.here().key());
  }

  void begin(UserMessage user) {
    takeAway();
    late.remove(Asker.here().key());
    add(user);
  }

  /** Adds {@code message}. Whoever adds has the turn: a stream's goes from thread to thread. */
  void add(ChatMessage message) {
    messages.add(message);
    Asker now = owner.orElseGet(() -> Asker.here().now()).on(Thread.currentThread());
    owner = Optional.of(now);
    now.call().ifPresent(call -> call.hold(part));
  }

  /** {@return whether {@code message} is part of this turn, or of none that was before} */
  boolean takes(ChatMessage message) {
    if (isLate()) {
      return false;
    }
    return !(message instanceof ToolExecutionResultMessage result) || asked().contains(result.id());
  }

  void system(Optional<SystemMessage> message) {
    system = message;
  }

  Optional<SystemMessage> system() {
    return system;
  }

  /** Ends the turn, which has failed or is given up on: its call is not heard any more. */
  void drop() {
    call().ifPresent(this::putAside);
    takeAway();
  }

  /** Ends the turn. If it is another's, what he still adds to it is too late. */
  void takeAway() {
    Asker me = Asker.here();
    owner
        .filter(other -> !other.isSame(me) && (other.call().isPresent() || other.isBusy()))
        .ifPresent(other -> putAside(other.key()));
    end();
  }

  private void putAside(Object loser) {
    late.add(loser);
    if (late.size() > REMEMBERED) {
      late.remove(late.iterator().next());
    }
  }

  /** Ends the turn, which is in the log. */
  void end() {
    call().ifPresent(call -> call.release(part));
    messages.clear();
    owner = Optional.empty();
    ended.signalAll();
  }

  List<ChatMessage> messages() {
    return List.copyOf(messages);
  }

  /**
   * {@return what of the turn is shown on this thread} A call sees its own, and what another left
   * behind if nothing is missing in it. Anybody else sees a call's, which asks for itself, and
   * another thread's but while a tool's result is missing in it: he may hand it to a model, and
   * most refuse a call without one.
   */
  List<ChatMessage> shown() {
    Asker me = Asker.here();
    boolean hidden =
        me.asks()
            ? owner.filter(me::isSame).isEmpty() && !hasAllResults()
            : isAnothers(me) && !isOfACall() && lacksAResult();
    return hidden ? List.of() : messages();
  }

  /** {@return the turn as it is logged, behind a system message that is new with it} */
  List<ChatMessage> withSystem() {
    var all = new ArrayList<ChatMessage>();
    system.ifPresent(all::add);
    all.addAll(messages);
    return all;
  }

  /** {@return whether {@code user} says what this turn began with, as a retry does} */
  boolean isAbout(UserMessage user) {
    return !messages.isEmpty()
        && Messages.asSaid(messages.getFirst()).equals(Messages.asSaid(user));
  }

  /** {@return whether {@code before} was part of this turn; then {@code now} takes its place} */
  boolean exchange(ChatMessage before, ChatMessage now) {
    int at = messages.indexOf(before);
    if (at >= 0) {
      messages.set(at, now);
    }
    return at >= 0;
  }

  /** {@return whether tools were called and all of them have answered} */
  boolean hasAllResults() {
    List<String> asked = asked();
    List<String> answered =
        messages.stream()
            .filter(ToolExecutionResultMessage.class::isInstance)
            .map(message -> ((ToolExecutionResultMessage) message).id())
            .toList();
    return !asked.isEmpty() && answered.containsAll(asked);
  }

  private List<String> asked() {
    return messages.stream()
        .filter(AiMessage.class::isInstance)
        .flatMap(message -> ((AiMessage) message).toolExecutionRequests().stream())
        .map(ToolExecutionRequest::id)
        .toList();
  }
}
