package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.UserMessage;
import io.madeleine.memory.identity.ConversationKey;

/** Finds what was said before and matters now. */
@FunctionalInterface
public interface Recollection {

  /** Finds nothing. */
  Recollection NONE = (conversation, asked) -> "";

  /**
   * {@return excerpts, fenced as data so that they cannot pose as instructions; empty for nothing}
   *
   * @param conversation whose history
   * @param asked what the user just said; where it has a {@link UserMessage#name}, several people
   *     speak in the conversation, and "my sister" is that one's
   */
  String recall(ConversationKey conversation, UserMessage asked);
}
