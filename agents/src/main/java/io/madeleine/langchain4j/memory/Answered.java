package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.call.Calls;
import io.madeleine.langchain4j.message.Messages;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The turns of calls that have their answer and go on: a guardrail of theirs may still take it
 * back, put another in its place, or ask the model again, which then has to see the question as it
 * saw it the first time. Thread-safe.
 */
final class Answered implements Call.Part {

  /** Puts an answer in the place of another. */
  @FunctionalInterface
  interface Exchange {

    /**
     * A call is over whose guardrails have left another answer.
     *
     * @param sequence of its turn in the log, which may be erased by now, or have another answer
     */
    void put(long sequence, Call.Instead answer);
  }

  /**
   * A turn that is in the log.
   *
   * @param sequence of it
   * @param messages of it, the question as the model was asked it; none if it was taken back
   */
  record Turn(long sequence, List<ChatMessage> messages) {

    /** {@return what it began with, as the model was asked it} */
    Optional<UserMessage> question() {
      return messages.stream()
          .filter(UserMessage.class::isInstance)
          .map(UserMessage.class::cast)
          .findFirst();
    }

    private Turn takenBack() {
      return new Turn(sequence, List.of());
    }
  }

  private static final System.Logger LOG = System.getLogger(Answered.class.getName());

  /** How many are remembered. Of a stream that fails nobody may ever say that it ended. */
  private static final int REMEMBERED = 16;

  /** Guarded by this. */
  private final Map<Call, Turn> turns = new LinkedHashMap<>();

  private final Exchange exchange;

  Answered(Exchange exchange) {
    this.exchange = exchange;
  }

  /** A question is added here; it is that of this thread's call, if that has asked no model yet. */
  void begin() {
    Calls.here().ifPresent(call -> call.beginsIn(this));
  }

  /**
   * Remembers it until {@code call} ends.
   *
   * @param sequence of its turn in the log
   * @param messages of that turn, as they were shown
   */
  synchronized void put(Call call, long sequence, List<ChatMessage> messages) {
    if (call.isOver()) {
      return; // nobody would take it away again
    }
    call.hold(this);
    turns.put(call, new Turn(sequence, asAsked(call, messages)));
    if (turns.size() > REMEMBERED) {
      turns.remove(turns.keySet().iterator().next());
    }
  }

  /**
   * {@return {@code messages} with the question as the model was asked it} An AI service may be
   * built to give the memory the bare one.
   */
  private static List<ChatMessage> asAsked(Call call, List<ChatMessage> messages) {
    if (!(messages.getFirst() instanceof UserMessage held)) {
      return messages;
    }
    UserMessage said = Messages.asSaid(held);
    var with = new ArrayList<>(messages);
    call.takeQuestion()
        .filter(asked -> !Messages.words(held).contains(Messages.words(asked)))
        .map(asked -> Messages.around(Messages.words(said), asked))
        .filter(asked -> Messages.asSaid(asked).equals(said))
        .ifPresent(asked -> with.set(0, asked));
    return List.copyOf(with);
  }

  /** {@return the sequence of the turn of {@code call}} */
  synchronized Optional<Long> of(Call call) {
    return Optional.ofNullable(turns.get(call)).map(Turn::sequence);
  }

  /**
   * {@return the turn that answered this thread's call, whose guardrails may ask the model again}
   * What its tools say here is none of it.
   */
  synchronized Optional<Turn> own() {
    return Calls.here()
        .filter(call -> call.isAnswered() && call.isAskedIn(this))
        .map(turns::get)
        .filter(turn -> !turn.messages().isEmpty());
  }

  /** The answer of {@code call} is taken back: its turn is not shown any more. */
  synchronized void takeBack(Call call) {
    turns.computeIfPresent(call, (of, turn) -> turn.takenBack());
  }

  /** The history is replaced: what stands in it is all that is shown. */
  synchronized void replace() {
    turns.replaceAll((of, turn) -> turn.takenBack());
  }

  @Override
  public void over(Call call, boolean failed) {
    Optional<Long> sequence = remove(call);
    if (!failed && call.isAskedIn(this)) { // what its tools say elsewhere no guardrail saw
      sequence.ifPresent(of -> call.instead().ifPresent(answer -> put(of, answer)));
    }
  }

  private synchronized Optional<Long> remove(Call call) {
    return Optional.ofNullable(turns.remove(call)).map(Turn::sequence);
  }

  private void put(long sequence, Call.Instead answer) {
    try {
      exchange.put(sequence, answer);
    } catch (RuntimeException e) { // the call is over all the same
      LOG.log(Level.WARNING, "what a guardrail rewrote may be in the log as it was", e);
    }
  }
}
