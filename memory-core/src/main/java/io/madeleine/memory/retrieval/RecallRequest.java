package io.madeleine.memory.retrieval;

import io.madeleine.memory.index.schema.TurnFilter;
import java.time.Instant;
import java.util.Optional;

/**
 * What is asked of the memory.
 *
 * @param filter whose turns, and which of them
 * @param question in any words; it never reaches a query parser
 * @param now when it is asked, so that "last week" has a meaning
 * @param askedBy who "I" is, if known
 */
public record RecallRequest(
    TurnFilter filter, String question, Instant now, Optional<String> askedBy) {

  /** A question by nobody in particular. */
  public RecallRequest(TurnFilter filter, String question, Instant now) {
    this(filter, question, now, Optional.empty());
  }
}
