package io.madeleine.langchain4j.memory;

import io.madeleine.memory.identity.ConversationKey;

/** Finds what was said before and matters now. */
@FunctionalInterface
public interface Recollection {

  /** Finds nothing. */
  Recollection NONE = (conversation, question) -> "";

  /**
   * {@return excerpts, fenced as data so that they cannot pose as instructions; empty for nothing}
   *
   * @param conversation whose history
   * @param question what the user just said
   */
  String recall(ConversationKey conversation, String question);
}
