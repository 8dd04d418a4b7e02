package io.madeleine.memory.retention;

import io.madeleine.memory.identity.ConversationKey;

/**
 * Something that happened to a lease, for the log.
 *
 * @param program whose cache
 * @param kind what happened
 * @param atNanos when, on the monotonic clock
 * @param why the decision as a sentence, or what ended it
 */
public record LeaseEvent(ConversationKey program, Kind kind, long atNanos, String why) {

  /** What can happen to a lease. */
  public enum Kind {
    /** It was granted. */
    GRANTED,
    /** The decision was not to grant one. */
    DECLINED,
    /** The request came back and took the cache over. */
    CLAIMED,
    /** The deadline passed and nobody was waiting. */
    EXPIRED,
    /** Memory was needed for a request that can run now. */
    TAKEN_BACK,
    /** The program ended. */
    ENDED
  }
}
