package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.call.Calls;
import io.madeleine.langchain4j.message.Messages;
import java.util.Optional;

/**
 * Who adds to a conversation: a call of an AI service where one is known, else a thread.
 *
 * @param thread that added last
 * @param call for which it did
 */
record Asker(Thread thread, Optional<Call> call) {

  /** {@return who asks on this thread} */
  static Asker here() {
    return new Asker(Thread.currentThread(), Calls.here());
  }

  /** {@return the same, seen last on {@code current}} */
  Asker on(Thread current) {
    return new Asker(current, call);
  }

  /** {@return the same without a call that is over} */
  Asker now() {
    return new Asker(thread, call.filter(known -> !known.isOver()));
  }

  /** {@return whether it is a call that is going on, so that what it reads is asked of a model} */
  boolean asks() {
    return now().call().isPresent();
  }

  /** {@return whether others wait for what it may still add} */
  boolean isBusy() {
    return call.map(Call::isWaitedFor).orElseGet(thread::isAlive);
  }

  boolean isSame(Asker other) {
    if (call.isPresent() && other.call.isPresent()) {
      return call.equals(other.call);
    }
    return thread == other.thread;
  }

  /**
   * {@return whether it is a call that a tool, a guardrail or a retriever of {@code other} makes}
   */
  boolean isInside(Asker other) {
    return call.filter(mine -> other.call.filter(mine::isInside).isPresent()).isPresent();
  }

  /**
   * {@return {@code question} with a note of what the user said, if something was put around it}
   * What a call brings when it has asked a model, for its tools or its guardrails, is no question
   * of its own, even where it quotes that.
   */
  UserMessage noting(UserMessage question) {
    return call.flatMap(Call::asked).map(said -> Messages.around(said, question)).orElse(question);
  }

  /** {@return by what it is known from one message to the next} */
  Object key() {
    return call.isPresent() ? call.get() : thread;
  }
}
