package io.madeleine.conversation;

import io.madeleine.conversation.Turn.Finish;
import io.madeleine.conversation.Turn.Origin;
import io.madeleine.conversation.context.KeptContext;
import io.madeleine.conversation.context.Prompt;
import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.engine.generation.Generation;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.PendingTurn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A turn that has begun: what the user said, what the model answered, tool calls and their results.
 * It becomes history with {@link #commit}; {@link #close} without it leaves no trace. For the
 * thread that began it.
 */
public final class OpenTurn implements AutoCloseable {

  private final Conversation conversation;
  private final PendingTurn pending;
  private final Prompt before;
  private final List<String> notes = new ArrayList<>();
  private Answer last = new Answer(new ChatMessage.Assistant(""), List.of(), Finish.STOP);
  private Origin origin = Origin.NEW;
  private Turn.Recalled recalled = Turn.Recalled.NOTHING;
  private int reused;
  private int read;
  private int written;
  private long readingNanos;
  private long writingNanos;
  private boolean generated;
  private boolean open = true;

  OpenTurn(Conversation conversation, PendingTurn pending) {
    this.conversation = conversation;
    this.pending = pending;
    this.before = conversation.keptPrompt();
  }

  /** Adds what somebody said, or what a tool gave back. */
  public OpenTurn add(ChatMessage message) {
    pending.add(message);
    return this;
  }

  /** Adds a message with its own time, speaker and attributes. */
  public OpenTurn add(LoggedMessage message) {
    pending.add(message);
    return this;
  }

  /** Says something about the whole turn, to be found again. */
  public OpenTurn attribute(String key, String value) {
    pending.attribute(key, value);
    return this;
  }

  /**
   * Lets the model answer, and adds the answer to the turn.
   *
   * @throws ContextTooLongException if what was said does not fit the context, or the memory for
   *     keys and values, even alone
   * @throws IllegalArgumentException if there are tools and the model would not hear of them
   */
  public Answer generate(TurnOptions options, TurnListener listener) {
    requireOpen();
    var noting = new NotingListener(listener, notes);
    long preparing = System.nanoTime();
    Conversation.Ready ready =
        conversation.prepare(
            pending.messages().stream().map(LoggedMessage::body).toList(), options, noting);
    if (!generated) {
      origin = conversation.origin();
      recalled = conversation.recalled();
      reused = ready.reused();
      if (origin == Origin.SNAPSHOT) {
        noting.noted(
            "%,d tokens of earlier turns came back from disk, ready read".formatted(reused));
      }
    }
    generated = true;
    readingNanos += System.nanoTime() - preparing;
    last = answer(ready, options, noting);
    if (last.finish() != Finish.CANCELLED || written > 0) {
      pending.add(last.message());
    }
    return last;
  }

  private Answer answer(Conversation.Ready ready, TurnOptions options, TurnListener listener) {
    var writer =
        new AnswerWriter(
            conversation.model().words().dialect(), options, ready.prompt().text(), listener);
    KeptContext kept = ready.kept();
    ModelRun run = conversation.run(listener);
    Generation generation = run.generation(ready.prompt(), options);
    long began = System.nanoTime();
    ModelRun.Outcome outcome =
        run.answer(kept.cache(), ready.prompt().tokens(), generation, writer);
    Answer answer = writer.finish(outcome.finish());
    readingNanos += outcome.readingNanos();
    writingNanos += System.nanoTime() - began - outcome.readingNanos();
    read += outcome.read();
    written += outcome.written();
    int[] tokens = Arrays.copyOf(generation.tokens(), outcome.written());
    kept.holds(ready.prompt().plus(writer.raw(), tokens).first(kept.cache().length()));
    return answer;
  }

  /** {@return the turn, in the history before this returns} */
  public Turn commit() {
    requireOpen();
    LoggedTurn logged = pending.commit();
    open = false;
    conversation.committed(logged);
    return turn(Optional.of(logged));
  }

  private Turn turn(Optional<LoggedTurn> logged) {
    return new Turn(
        last.message().text(),
        last.finish(),
        logged,
        new Turn.Tokens(reused, read, written),
        new Turn.Timing(Duration.ofNanos(readingNanos), Duration.ofNanos(writingNanos)),
        origin,
        recalled,
        conversation.turnsLeftOut(),
        notes);
  }

  /** Forgets the turn. {@return what there was of it} */
  public Turn abort() {
    requireOpen();
    pending.abort();
    open = false;
    conversation.aborted(before);
    return turn(Optional.empty());
  }

  /** Forgets the turn, unless it was committed. */
  @Override
  public void close() {
    if (open) {
      abort();
    }
  }

  private void requireOpen() {
    if (!open) {
      throw new IllegalStateException("this turn is already committed or aborted: begin another");
    }
  }

  /** Passes everything on and remembers the notes. */
  private record NotingListener(TurnListener to, List<String> notes) implements TurnListener {
    @Override
    public void reading(int done, int total) {
      to.reading(done, total);
    }

    @Override
    public void wrote(String text) {
      to.wrote(text);
    }

    @Override
    public void noted(String sentence) {
      notes.add(sentence);
      to.noted(sentence);
    }

    @Override
    public boolean cancelled() {
      return to.cancelled();
    }
  }
}
