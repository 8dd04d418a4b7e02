package io.madeleine.memory.history;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Where every turn lies: 24 bytes for each, and never a text. Positions are {@code ordinal << 40 |
 * offset}. Guarded by its owner.
 */
final class TurnOffsets {

  /** Sequences of one conversation, growing. */
  private static final class Conversation {
    private long[] sequences = new long[4];
    private int count;
    private int nextIndex;

    void add(long sequence, int index) {
      if (count == sequences.length) {
        sequences = Arrays.copyOf(sequences, count * 2);
      }
      sequences[count++] = sequence;
      nextIndex = Math.max(nextIndex, index + 1);
    }
  }

  private final Map<Tenant, Map<ConversationKey, Conversation>> tenants = new LinkedHashMap<>();
  private long[] sequences = new long[64];
  private long[] positions = new long[64];
  private int count;

  static long position(int ordinal, long offset) {
    return ((long) ordinal << 40) | offset;
  }

  static int ordinal(long position) {
    return (int) (position >>> 40);
  }

  static long offset(long position) {
    return position & ((1L << 40) - 1);
  }

  void add(ConversationKey key, long sequence, int index, long position) {
    if (count == sequences.length) {
      sequences = Arrays.copyOf(sequences, count * 2);
      positions = Arrays.copyOf(positions, count * 2);
    }
    sequences[count] = sequence;
    positions[count++] = position;
    tenants
        .computeIfAbsent(key.tenant(), t -> new LinkedHashMap<>())
        .computeIfAbsent(key, k -> new Conversation())
        .add(sequence, index);
  }

  /** Says where a turn lies now; nothing if it is not {@link #holds held}. */
  void moved(long sequence, long position) {
    if (holds(sequence)) {
      positions[place(sequence)] = position;
    }
  }

  boolean holds(long sequence) {
    int place = place(sequence);
    return place < count && sequences[place] == sequence;
  }

  /** {@return where turn {@code sequence} lies, which must be {@link #holds held}} */
  long position(long sequence) {
    return positions[place(sequence)];
  }

  /** {@return the index of the first turn whose sequence is at least {@code sequence}} */
  private int place(long sequence) {
    int found = Arrays.binarySearch(sequences, 0, count, sequence);
    return found < 0 ? -found - 1 : found;
  }

  void remove(LongPredicate erased) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (!erased.test(sequences[i])) {
        sequences[kept] = sequences[i];
        positions[kept++] = positions[i];
      }
    }
    count = kept;
    for (var conversations : tenants.values()) {
      for (Conversation conversation : conversations.values()) {
        long[] all = Arrays.copyOf(conversation.sequences, conversation.count);
        conversation.sequences = Arrays.stream(all).filter(erased.negate()).toArray();
        conversation.count = conversation.sequences.length;
        conversation.sequences =
            Arrays.copyOf(conversation.sequences, Math.max(4, conversation.count));
      }
      conversations.values().removeIf(c -> c.count == 0);
    }
    tenants.values().removeIf(Map::isEmpty);
  }

  int turns() {
    return count;
  }

  int conversations() {
    return tenants.values().stream().mapToInt(Map::size).sum();
  }

  List<Tenant> tenants() {
    return List.copyOf(tenants.keySet());
  }

  List<ConversationKey> conversations(Tenant tenant) {
    return List.copyOf(tenants.getOrDefault(tenant, Map.of()).keySet());
  }

  /** {@return the sequences of a conversation, in order} */
  long[] sequences(ConversationKey key) {
    Conversation found = tenants.getOrDefault(key.tenant(), Map.of()).get(key);
    return found == null ? new long[0] : Arrays.copyOf(found.sequences, found.count);
  }

  int nextIndex(ConversationKey key) {
    Conversation found = tenants.getOrDefault(key.tenant(), Map.of()).get(key);
    return found == null ? 0 : found.nextIndex;
  }

  /** {@return up to {@code limit} sequences that are at least {@code sequence}, in order} */
  long[] from(long sequence, int limit) {
    int from = place(sequence);
    return Arrays.copyOfRange(sequences, from, Math.min(count, from + limit));
  }
}
