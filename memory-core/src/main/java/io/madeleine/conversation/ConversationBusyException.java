package io.madeleine.conversation;

import io.madeleine.memory.identity.ConversationKey;

/** Thrown when a second thread speaks while a turn is under way. Nothing of it is kept. */
public final class ConversationBusyException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  ConversationBusyException(ConversationKey key) {
    super(
        "conversation '%s' is in the middle of a turn: wait for it or stop it, then say this again"
            .formatted(key.id()));
  }
}
