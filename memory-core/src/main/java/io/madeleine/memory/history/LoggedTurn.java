package io.madeleine.memory.history;

import io.madeleine.memory.identity.ConversationKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A whole turn, the unit of memory: what the user said, what the assistant answered, and the tool
 * calls with their results in between. Never split.
 *
 * @param conversation where it was said
 * @param sequence place in the whole log, from 1, growing, never given twice
 * @param index place in its conversation, from 0; gaps only where turns were erased
 * @param id unique within its conversation
 * @param messages in order, at least one
 * @param attributes whatever the caller wants to find again
 */
public record LoggedTurn(
    ConversationKey conversation,
    long sequence,
    int index,
    String id,
    List<LoggedMessage> messages,
    Map<String, String> attributes) {

  /**
   * @throws IllegalArgumentException if there is no message
   */
  public LoggedTurn {
    messages = List.copyOf(messages);
    attributes = Map.copyOf(attributes);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("turn '%s' has no message".formatted(id));
    }
  }

  /** {@return when its first message was said} */
  public Instant at() {
    return messages.getFirst().at();
  }
}
