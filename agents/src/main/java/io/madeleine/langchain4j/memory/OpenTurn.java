package io.madeleine.langchain4j.memory;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** The turn that is going on, and whose it is. */
final class OpenTurn {

  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition ended = lock.newCondition();
  private final long patienceNanos;
  private final List<ChatMessage> messages = new ArrayList<>();
  private Optional<SystemMessage> system = Optional.empty();
  private Optional<Thread> owner = Optional.empty();

  OpenTurn(Duration patience) {
    this.patienceNanos = patience.toNanos();
  }

  <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  /** Waits while a turn of another thread goes on; gives up on it when it takes too long. */
  void awaitOthers() {
    long left = patienceNanos;
    boolean interrupted = false;
    while (isAnothers() && left > 0) {
      try {
        left = ended.awaitNanos(left);
      } catch (InterruptedException e) {
        interrupted = true;
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (isAnothers()) {
      clear();
    }
  }

  private boolean isAnothers() {
    return !messages.isEmpty()
        && owner.isPresent()
        && owner.get() != Thread.currentThread()
        && owner.get().isAlive();
  }

  void begin(UserMessage user) {
    messages.clear();
    messages.add(user);
    owner = Optional.of(Thread.currentThread());
  }

  void add(ChatMessage message) {
    messages.add(message);
    if (owner.isEmpty()) {
      owner = Optional.of(Thread.currentThread());
    }
  }

  void system(Optional<SystemMessage> message) {
    system = message;
  }

  Optional<SystemMessage> system() {
    return system;
  }

  void clear() {
    messages.clear();
    owner = Optional.empty();
    ended.signalAll();
  }

  List<ChatMessage> messages() {
    return List.copyOf(messages);
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
    return !messages.isEmpty() && messages.getFirst().equals(user);
  }

  /** {@return whether tools were called and all of them have answered} */
  boolean hasAllResults() {
    List<String> asked =
        messages.stream()
            .filter(AiMessage.class::isInstance)
            .flatMap(message -> ((AiMessage) message).toolExecutionRequests().stream())
            .map(ToolExecutionRequest::id)
            .toList();
    List<String> answered =
        messages.stream()
            .filter(ToolExecutionResultMessage.class::isInstance)
            .map(message -> ((ToolExecutionResultMessage) message).id())
            .toList();
    return !asked.isEmpty() && answered.containsAll(asked);
  }
}
