package io.madeleine.conversation.exchange;

import io.madeleine.memory.history.LoggedMessage;
import java.util.List;
import java.util.Map;

/**
 * A turn as a file tells it.
 *
 * @param conversation id within its tenant
 * @param messages in order
 * @param attributes of the turn
 */
record SpokenTurn(
    String conversation, List<LoggedMessage> messages, Map<String, String> attributes) {

  SpokenTurn {
    messages = List.copyOf(messages);
    attributes = Map.copyOf(attributes);
  }

  long characters() {
    return messages.stream().mapToLong(message -> message.body().text().length()).sum();
  }
}
