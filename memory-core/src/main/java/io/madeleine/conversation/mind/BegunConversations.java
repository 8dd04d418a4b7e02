package io.madeleine.conversation.mind;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The conversations that somebody began or went on with. Each stays the same object for good, also
 * when what was said in it is forgotten: whoever holds it and whoever asks for it anew wait for one
 * lock, so that no two work on the same files. Thread-safe.
 */
final class BegunConversations {

  private final Map<ConversationKey, EpisodicConversation> conversations =
      new ConcurrentHashMap<>();
  private final ReentrantLock beginning = new ReentrantLock();
  private final Function<ConversationKey, EpisodicConversation> begin;

  /**
   * @param begin makes one that nobody asked for before
   */
  BegunConversations(Function<ConversationKey, EpisodicConversation> begin) {
    this.begin = begin;
  }

  /** {@return the conversation under this key, begun if it was not} */
  EpisodicConversation of(ConversationKey key) {
    EpisodicConversation begun = conversations.get(key);
    return begun != null
        ? begun
        : whileNobodyBegins(() -> conversations.computeIfAbsent(key, begin));
  }

  /** {@return the conversation under this key; empty if nobody began it} */
  Optional<EpisodicConversation> find(ConversationKey key) {
    return Optional.ofNullable(conversations.get(key));
  }

  /** {@return all of them} */
  List<EpisodicConversation> all() {
    return List.copyOf(conversations.values());
  }

  /** {@return those of one tenant} */
  List<EpisodicConversation> of(Tenant tenant) {
    return all().stream()
        .filter(conversation -> conversation.key().tenant().equals(tenant))
        .toList();
  }

  /**
   * Does something to conversations that nobody began: none of them is begun meanwhile. Waits for
   * no turn.
   */
  <T> T whileNobodyBegins(Supplier<T> what) {
    beginning.lock();
    try {
      return what.get();
    } finally {
      beginning.unlock();
    }
  }
}
