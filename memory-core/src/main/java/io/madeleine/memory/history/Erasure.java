package io.madeleine.memory.history;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.time.Instant;
import java.util.List;

/** What a person wants gone. Whole turns go, never half of one. */
public sealed interface Erasure {

  /** {@return whose memory it touches} */
  Tenant tenant();

  /**
   * One turn.
   *
   * @param conversation where it was said
   * @param sequence its {@link LoggedTurn#sequence}
   */
  record OfTurn(ConversationKey conversation, long sequence) implements Erasure {
    @Override
    public Tenant tenant() {
      return conversation.tenant();
    }
  }

  /**
   * All turns of a conversation.
   *
   * @param conversation which
   */
  record OfConversation(ConversationKey conversation) implements Erasure {
    @Override
    public Tenant tenant() {
      return conversation.tenant();
    }
  }

  /**
   * All that a tenant ever said.
   *
   * @param tenant whose
   */
  record OfTenant(Tenant tenant) implements Erasure {}

  /**
   * The turns of a tenant with a message said in {@code [from, to)}.
   *
   * @param tenant whose
   * @param from first instant
   * @param to the instant after the last one
   */
  record OfTime(Tenant tenant, Instant from, Instant to) implements Erasure {

    /**
     * @throws IllegalArgumentException if {@code to} lies before {@code from}
     */
    public OfTime {
      if (to.isBefore(from)) {
        throw new IllegalArgumentException(
            "the time range must not end before it begins, but was [%s, %s)".formatted(from, to));
      }
    }
  }

  /**
   * What is gone.
   *
   * @param request what was asked for
   * @param at when
   * @param turns how many turns went
   * @param messages with how many messages
   * @param conversations of how many conversations
   * @param segments how many files were written anew
   * @param bytes how many bytes the log is shorter
   * @param sequences the {@link LoggedTurn#sequence} of each, for whatever was derived from them
   */
  record Receipt(
      Erasure request,
      Instant at,
      int turns,
      int messages,
      int conversations,
      int segments,
      long bytes,
      List<Long> sequences) {

    public Receipt {
      sequences = List.copyOf(sequences);
    }
  }
}
