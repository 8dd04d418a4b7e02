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
 * @param characters that were read for it, whatever they say; 0 where its file is in memory whole
 */
record SpokenTurn(
    String conversation,
    List<LoggedMessage> messages,
    Map<String, String> attributes,
    long characters) {

  SpokenTurn {
    messages = List.copyOf(messages);
    attributes = Map.copyOf(attributes);
  }
}
