package io.madeleine.memory.index.schema;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Which turns may be found. It is applied inside the search, from typed values; an empty set or
 * optional asks for nothing.
 *
 * @param tenant whose memory, always
 * @param conversation only this one
 * @param from only turns said then or later
 * @param until only turns said before
 * @param before only turns that stand before the turn of this sequence, whatever their time
 * @param speakers only turns opened by one of these, whatever the case of the letters
 * @param topics only turns of these topics
 * @param kinds only {@code talk} or only {@code tool}
 */
public record TurnFilter(
    Tenant tenant,
    Optional<ConversationKey> conversation,
    Optional<Instant> from,
    Optional<Instant> until,
    OptionalLong before,
    Set<String> speakers,
    Set<String> topics,
    Set<String> kinds) {

  /**
   * @throws IllegalArgumentException if the conversation is another tenant's, or the sequence that
   *     no turn can have
   */
  public TurnFilter {
    speakers = Set.copyOf(speakers);
    topics = Set.copyOf(topics);
    kinds = Set.copyOf(kinds);
    if (conversation.isPresent() && !conversation.get().tenant().equals(tenant)) {
      throw new IllegalArgumentException(
          "the filter is for tenant '%s' and the conversation is of tenant '%s': ask for one's own"
              .formatted(tenant.id(), conversation.get().tenant().id()));
    }
    if (before.isPresent() && before.getAsLong() < 1) {
      throw new IllegalArgumentException(
          "a turn's sequence is at least 1, but 'before' was %,d: take that of a logged turn"
              .formatted(before.getAsLong()));
    }
  }

  /** The same, wherever it stands in the log. */
  public TurnFilter(
      Tenant tenant,
      Optional<ConversationKey> conversation,
      Optional<Instant> from,
      Optional<Instant> until,
      Set<String> speakers,
      Set<String> topics,
      Set<String> kinds) {
    this(tenant, conversation, from, until, OptionalLong.empty(), speakers, topics, kinds);
  }

  /** {@return all turns of one conversation} */
  public static TurnFilter in(ConversationKey conversation) {
    return new TurnFilter(
        conversation.tenant(),
        Optional.of(conversation),
        Optional.empty(),
        Optional.empty(),
        Set.of(),
        Set.of(),
        Set.of());
  }

  /** {@return all turns of a tenant, of every conversation} */
  public static TurnFilter of(Tenant tenant) {
    return new TurnFilter(
        tenant, Optional.empty(), Optional.empty(), Optional.empty(), Set.of(), Set.of(), Set.of());
  }

  /** {@return this, and said in {@code [from, until)}} */
  public TurnFilter between(Instant from, Instant until) {
    return new TurnFilter(
        tenant,
        conversation,
        Optional.of(from),
        Optional.of(until),
        before,
        speakers,
        topics,
        kinds);
  }

  /**
   * {@return this, and in the log before the turn of that sequence} Unlike {@link #between} it
   * tells turns apart that were said at one time, as those of an import may be.
   *
   * @param sequence the turn's {@link io.madeleine.memory.history.LoggedTurn#sequence}, at least 1
   */
  public TurnFilter before(long sequence) {
    return new TurnFilter(
        tenant, conversation, from, until, OptionalLong.of(sequence), speakers, topics, kinds);
  }

  /** {@return the same tenant and conversation, and nothing else asked for} */
  public TurnFilter anytime() {
    return conversation.map(TurnFilter::in).orElseGet(() -> of(tenant));
  }

  /** {@return this, and opened by one of {@code names}} */
  public TurnFilter saidBy(Set<String> names) {
    return new TurnFilter(tenant, conversation, from, until, before, names, topics, kinds);
  }

  /** {@return this, and of one of these topics} */
  public TurnFilter about(Set<String> names) {
    return new TurnFilter(tenant, conversation, from, until, before, speakers, names, kinds);
  }

  /** {@return this, and of one of these kinds} */
  public TurnFilter kinds(Set<String> names) {
    return new TurnFilter(tenant, conversation, from, until, before, speakers, topics, names);
  }

  /** {@return whether it asks for more than whose conversation it is} */
  public boolean narrowsAConversation() {
    return from.isPresent()
        || until.isPresent()
        || before.isPresent()
        || !speakers.isEmpty()
        || !topics.isEmpty()
        || !kinds.isEmpty();
  }
}
