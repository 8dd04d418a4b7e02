package io.madeleine.memory.history;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.identity.ConversationKey;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A turn that has begun and is not yet part of the history. Nothing of it reaches the disk before
 * {@link #commit}; dropping it is the same as {@link #abort}. For one thread.
 */
public final class PendingTurn {

  private final TurnLog log;
  private final ConversationKey conversation;
  private final Clock clock;
  private final List<LoggedMessage> messages = new ArrayList<>();
  private final Map<String, String> attributes = new HashMap<>();
  private boolean open = true;

  PendingTurn(TurnLog log, ConversationKey conversation, Clock clock) {
    this.log = log;
    this.conversation = conversation;
    this.clock = clock;
  }

  /** Adds what was said now. */
  public PendingTurn add(ChatMessage body) {
    return add(new LoggedMessage(clock.instant(), body));
  }

  /** Adds a message with its own time, speaker and attributes. */
  public PendingTurn add(LoggedMessage message) {
    checkOpen();
    messages.add(message);
    return this;
  }

  /** Says something about the whole turn. */
  public PendingTurn attribute(String key, String value) {
    checkOpen();
    attributes.put(key, value);
    return this;
  }

  /** {@return what has been added so far} */
  public List<LoggedMessage> messages() {
    return List.copyOf(messages);
  }

  /**
   * {@return the turn, on disk before this returns}
   *
   * @throws LogException if it could not be written; then nothing of it is in the log
   * @throws IllegalArgumentException if it has no message or is larger than the log takes
   */
  public LoggedTurn commit() {
    checkOpen();
    LoggedTurn turn = log.append(conversation, messages, attributes);
    open = false;
    return turn;
  }

  /** Forgets it. The log is as if it had never begun. */
  public void abort() {
    open = false;
    messages.clear();
  }

  private void checkOpen() {
    if (!open) {
      throw new IllegalStateException(
          "the turn of conversation '%s' is already committed or aborted: begin another"
              .formatted(conversation.id()));
    }
  }
}
