package io.madeleine.langchain4j.memory;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.message.Messages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A turn that is not in the log: what was said in it so far, and whose it is. Guarded by others.
 */
final class Pinned {

  private final List<ChatMessage> messages = new ArrayList<>();
  private Asker owner;
  private Optional<SystemMessage> system = Optional.empty();
  private boolean erased;

  /**
   * @param owner whose it is
   */
  Pinned(Asker owner) {
    this.owner = owner;
  }

  /** {@return whose it is} */
  Asker owner() {
    return owner;
  }

  /** {@return the call whose it is} */
  Optional<Call> call() {
    return owner.call();
  }

  /** Adds {@code message}. Whoever adds has the turn: a stream's goes from thread to thread. */
  void add(ChatMessage message) {
    messages.add(message);
    owner = owner.on(Thread.currentThread());
  }

  /** {@return what was said} */
  List<ChatMessage> messages() {
    return List.copyOf(messages);
  }

  /** Keeps the system message of this turn while one inside it has another. */
  void keep(Optional<SystemMessage> inForce) {
    system = system.or(() -> inForce);
  }

  /** {@return the system message that was kept for it} */
  Optional<SystemMessage> kept() {
    return system;
  }

  /** Its conversation is erased, by itself: it goes on, and what is said in it is not logged. */
  void erase() {
    erased = true;
  }

  /** {@return whether it is not to be logged} */
  boolean isErased() {
    return erased;
  }

  /** {@return whether {@code user} says what this turn began with, as a retry does} */
  boolean isAbout(UserMessage user) {
    return Messages.asSaid(messages.getFirst()).equals(Messages.asSaid(user));
  }

  /** {@return whether {@code before} was part of this turn; then {@code now} takes its place} */
  boolean exchange(ChatMessage before, ChatMessage now) {
    int at = messages.indexOf(before);
    if (at >= 0) {
      messages.set(at, now);
    }
    return at >= 0;
  }

  /** {@return whether the tool's result {@code id} was asked for in it} */
  boolean asked(String id) {
    return asked().contains(id);
  }

  /** {@return whether tools were called and all of them have answered} */
  boolean hasAllResults() {
    return !asked().isEmpty() && answered().containsAll(asked());
  }

  /**
   * {@return whether it can be whole as it stands, since tools that return directly have no answer}
   * Where its model has failed it lacks one.
   */
  boolean mayBeWhole() {
    return hasAllResults() && call().filter(Call::hasFailed).isEmpty();
  }

  /** {@return whether tools were called and not all of them have answered} */
  boolean lacksAResult() {
    return !answered().containsAll(asked());
  }

  private List<String> answered() {
    return messages.stream()
        .filter(ToolExecutionResultMessage.class::isInstance)
        .map(message -> ((ToolExecutionResultMessage) message).id())
        .toList();
  }

  private List<String> asked() {
    return messages.stream()
        .filter(AiMessage.class::isInstance)
        .flatMap(message -> ((AiMessage) message).toolExecutionRequests().stream())
        .map(ToolExecutionRequest::id)
        .toList();
  }
}
