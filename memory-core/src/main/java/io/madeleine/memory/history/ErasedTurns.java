package io.madeleine.memory.history;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

/** The turns that one erasure takes, and what they amount to. Guarded by its owner. */
final class ErasedTurns {

  private final Erasure request;
  private final TurnOffsets offsets;
  private final List<Long> sequences = new ArrayList<>();
  private final Set<Integer> ordinals = new TreeSet<>();
  private final Set<ConversationKey> conversations = new HashSet<>();
  private int messages;

  /**
   * @param offsets where turns lie now, before any of them goes
   * @param read gives a turn, or nothing where it is damaged
   */
  ErasedTurns(Erasure request, TurnOffsets offsets, LongFunction<Optional<LoggedTurn>> read) {
    this.request = request;
    this.offsets = offsets;
    candidates().forEach(sequence -> consider(sequence, read.apply(sequence)));
  }

  private LongStream candidates() {
    return switch (request) {
      case Erasure.OfTurn(ConversationKey key, long sequence) ->
          LongStream.of(offsets.sequences(key)).filter(s -> s == sequence);
      case Erasure.OfConversation(ConversationKey key) -> LongStream.of(offsets.sequences(key));
      case Erasure.OfTenant(Tenant tenant) -> all(tenant);
      case Erasure.OfTime(Tenant tenant, Instant from, Instant to) -> all(tenant);
    };
  }

  private LongStream all(Tenant tenant) {
    return offsets.conversations(tenant).stream()
        .flatMapToLong(key -> LongStream.of(offsets.sequences(key)))
        .sorted();
  }

  private void consider(long sequence, Optional<LoggedTurn> turn) {
    if (request instanceof Erasure.OfTime time && !turn.map(t -> within(time, t)).orElse(false)) {
      return;
    }
    sequences.add(sequence);
    ordinals.add(TurnOffsets.ordinal(offsets.position(sequence)));
    turn.ifPresent(t -> conversations.add(t.conversation()));
    messages += turn.map(t -> t.messages().size()).orElse(0);
  }

  private static boolean within(Erasure.OfTime time, LoggedTurn turn) {
    return turn.messages().stream()
        .anyMatch(m -> !m.at().isBefore(time.from()) && m.at().isBefore(time.to()));
  }

  boolean isEmpty() {
    return sequences.isEmpty();
  }

  /** {@return their sequences, growing} */
  List<Long> sequences() {
    return sequences;
  }

  /** {@return the files in which they lie} */
  Set<Integer> ordinals() {
    return ordinals;
  }

  /**
   * {@return what is gone}
   *
   * @param rewritten how many files were written anew, also for those erased before, and how many
   *     bytes shorter they are
   */
  Erasure.Receipt receipt(Instant at, DueRewrites.Attempt rewritten) {
    return new Erasure.Receipt(
        request,
        at,
        sequences.size(),
        messages,
        conversations.size(),
        rewritten.segments(),
        rewritten.bytes(),
        sequences);
  }
}
