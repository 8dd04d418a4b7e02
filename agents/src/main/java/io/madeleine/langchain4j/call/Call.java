package io.madeleine.langchain4j.call;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One call of an AI service or an agent, from its question to its answer or its failure. It may
 * pass several threads: a stream is asked on one and answered on another. Two are equal if
 * LangChain4j gave them one id. Thread-safe.
 */
public final class Call {

  /** What lasts no longer than a call. */
  @FunctionalInterface
  public interface Part {

    /**
     * The call has ended, on whatever thread.
     *
     * @param failed whether it ended without an answer
     */
    void over(Call call, boolean failed);
  }

  /**
   * The answer that output guardrails left: they rewrote the model's, or had it given anew.
   *
   * @param of what the model said first, which is in the memory
   * @param text what is the answer instead
   */
  public record Instead(String of, String text) {}

  private final UUID id;
  private final Optional<Call> outer;
  private final Thread begun = Thread.currentThread();
  private final Set<Part> parts = ConcurrentHashMap.newKeySet();
  private final Set<Object> askedIn = ConcurrentHashMap.newKeySet();
  private final boolean late;
  private volatile boolean over;
  private volatile Optional<String> asked;
  private volatile Optional<UserMessage> question = Optional.empty();
  private volatile boolean asking;
  private volatile boolean answered;
  private volatile Optional<String> guarded = Optional.empty();
  private volatile Optional<String> left = Optional.empty();

  /** Whether the thread on which it began works for it no more. */
  private volatile boolean gone;

  private volatile boolean failing;

  private Call(UUID id, Optional<Call> outer, Optional<String> asked, boolean late) {
    this.id = id;
    this.outer = outer;
    this.asked = asked;
    this.late = late;
    this.over = late;
  }

  /**
   * {@return one that begins on this thread}
   *
   * @param outer for which the thread worked before: a guardrail, a retriever or a tool of it may
   *     ask an AI service itself
   * @param asked what the user said; of that its words are kept, if they are one text
   */
  static Call going(UUID id, Optional<Call> outer, UserMessage asked) {
    return new Call(id, outer, words(asked), /* late= */ false);
  }

  /** A call that nobody ends is kept for long: without the pictures of its question. */
  private static Optional<String> words(UserMessage asked) {
    List<String> texts =
        asked.contents().stream()
            .filter(TextContent.class::isInstance)
            .map(content -> ((TextContent) content).text())
            .toList();
    return texts.size() == 1 ? Optional.of(texts.getFirst()) : Optional.empty();
  }

  /** {@return one that is heard of when it is over} */
  static Call late(UUID id) {
    return new Call(id, Optional.empty(), Optional.empty(), /* late= */ true);
  }

  /** {@return whether a thread that was said to work for it still does} */
  boolean isHeard() {
    return late || !over;
  }

  /** {@return for which call this thread works when it does not work for this one} */
  Optional<Call> behind() {
    return begun == Thread.currentThread() ? outer.filter(Call::isHeard) : Optional.empty();
  }

  /**
   * A model is asked for it on this thread. If it began on another, as a stream may that is started
   * elsewhere, that one has gone its way. Its question is in the memory by now, and whatever is
   * said from here on is another.
   */
  void ask() {
    asking = true;
    failing = false;
    asked = Optional.empty();
    if (begun != Thread.currentThread()) {
      gone = true;
    }
  }

  /** This thread works for it, and if it began here, it does so again. */
  void enter() {
    if (begun == Thread.currentThread()) {
      gone = false;
    }
  }

  /** {@return this, unless it has gone from this thread: then the call for which that works} */
  Optional<Call> unlessGone() {
    return gone && begun == Thread.currentThread()
        ? behind().flatMap(Call::unlessGone)
        : Optional.of(this);
  }

  /** {@return whether it is the call that LangChain4j knows by {@code id}} */
  boolean isOf(UUID id) {
    return this.id.equals(id);
  }

  /**
   * {@return what the user said, before anything was put into it for the model, or masked, until a
   * model is asked} Empty if it was not one text, or nobody said when the call began.
   */
  public Optional<String> asked() {
    return asked;
  }

  /**
   * It has an answer that calls no tool; now only its guardrails can ask the model again.
   *
   * @param question that was answered, as the model was asked it, where that is known
   */
  void answer(Optional<UserMessage> question) {
    if (!answered) { // else a guardrail asked again, and the memory has the first answer
      this.question = question;
    }
    answered = true;
  }

  /**
   * {@return its question as a model was asked it, with all that was put around what the user said}
   * Empty until it has its answer, and where nobody said; and from then on, since a call that
   * nobody ends would keep its pictures.
   */
  public Optional<UserMessage> takeQuestion() {
    Optional<UserMessage> taken = question;
    question = Optional.empty();
    return taken;
  }

  /** A guardrail saw {@code answer}, the first or one that was asked for again, and left that. */
  void guard(String answer, String left) {
    guarded = guarded.or(() -> Optional.of(answer));
    this.left = Optional.of(left);
  }

  /** {@return what its output guardrails put in the place of the answer that it had} */
  public Optional<Instead> instead() {
    return guarded.flatMap(
        first -> left.filter(text -> !text.equals(first)).map(text -> new Instead(first, text)));
  }

  /**
   * A question is added to a conversation. Until it asks a model that is its own; a tool or a
   * guardrail of it may speak in any conversation later.
   *
   * @param conversation is held until the call ends, and told by its identity
   */
  public void beginsIn(Object conversation) {
    if (!asking) {
      askedIn.add(conversation);
    }
  }

  /** {@return whether its own question was added to {@code conversation}, and so was its answer} */
  public boolean isAskedIn(Object conversation) {
    return askedIn.contains(conversation);
  }

  /**
   * {@return whether it was begun for {@code call}, by a tool, a guardrail or a retriever of it}
   */
  public boolean isInside(Call call) {
    return outer.filter(around -> around.equals(call) || around.isInside(call)).isPresent();
  }

  /** {@return whether it has an answer that calls no tool, which guardrails may still refuse} */
  public boolean isAnswered() {
    return answered;
  }

  /** {@return whether it has ended, as far as anybody said} */
  public boolean isOver() {
    return over;
  }

  /** Tells {@code part} when this call ends, until it is {@link #release released}. */
  public void hold(Part part) {
    parts.add(part);
  }

  /** Tells {@code part} nothing any more. */
  public void release(Part part) {
    parts.remove(part);
  }

  /** Ends it without an answer, which LangChain4j does not say of a stream that is cancelled. */
  public void cancel() {
    Calls.end(id, /* failed= */ true);
  }

  /**
   * The model that was asked for it has failed or refused. LangChain4j does not always say that the
   * call is over then (not of errors that an AI service ignores), so nobody waits for it any more;
   * but whoever wraps that model may ask another, and what this one answers is the call's own while
   * nobody else has begun: with that it is waited for again, as before.
   */
  public void fail() {
    failing = true;
  }

  /** {@return whether its model has failed, and neither was asked again nor did another answer} */
  public boolean hasFailed() {
    return failing;
  }

  /** A model has answered for it, if only by calling tools. */
  void hear() {
    failing = false;
  }

  /** {@return whether whoever asks next waits for its end: it goes on, and its model too} */
  public boolean isWaitedFor() {
    return !over && !failing;
  }

  void forget() {
    over = true;
  }

  void end(boolean failed) {
    over = true;
    List.copyOf(parts).forEach(part -> part.over(this, failed));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Call call && call.id.equals(id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return "call " + id;
  }
}
