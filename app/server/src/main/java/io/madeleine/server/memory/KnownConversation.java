package io.madeleine.server.memory;

import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.server.access.Caller;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** Refuses, with 404, a conversation in which the caller never said anything. */
final class KnownConversation {

  private KnownConversation() {}

  static ConversationKey of(TurnLog log, Caller caller, String id) {
    ConversationKey key = caller.conversation(id);
    if (log.size(key) == 0) {
      throw unknown(id);
    }
    return key;
  }

  /** {@return the refusal} */
  static ResponseStatusException unknown(String id) {
    return new ResponseStatusException(
        HttpStatus.NOT_FOUND, "there is no conversation '%s'".formatted(id));
  }
}
