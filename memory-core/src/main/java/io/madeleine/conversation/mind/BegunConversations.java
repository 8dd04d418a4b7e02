package io.madeleine.conversation.mind;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The conversations that somebody began or went on with. As long as anybody holds one or it has its
 * working cache in memory it is the same object, also when what was said in it is forgotten:
 * whoever holds it and whoever asks for it anew wait for one lock, so that no two work on the same
 * files. One that nobody holds, and that gave its memory back, takes no memory here either, for a
 * server meets millions of them. Thread-safe.
 */
final class BegunConversations {

  private static final class Begun extends WeakReference<EpisodicConversation> {

    private final ConversationKey key;

    private Begun(
        ConversationKey key,
        EpisodicConversation conversation,
        ReferenceQueue<EpisodicConversation> gone) {
      super(conversation, gone);
      this.key = key;
    }
  }

  private final Map<ConversationKey, Begun> conversations = new ConcurrentHashMap<>();
  private final ReferenceQueue<EpisodicConversation> gone = new ReferenceQueue<>();
  private final Set<EpisodicConversation> resident = ConcurrentHashMap.newKeySet();
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
    return find(key).orElseGet(() -> whileNobodyBegins(() -> find(key).orElseGet(() -> add(key))));
  }

  private EpisodicConversation add(ConversationKey key) {
    dropGone();
    EpisodicConversation conversation = begin.apply(key);
    conversations.put(key, new Begun(key, conversation, gone));
    return conversation;
  }

  private void dropGone() {
    for (var each = (Begun) gone.poll(); each != null; each = (Begun) gone.poll()) {
      conversations.remove(each.key, each);
    }
  }

  /** Its working cache is in memory: it is kept though nobody holds it. */
  void keep(EpisodicConversation conversation) {
    resident.add(conversation);
  }

  /** Its working cache is not in memory any more. */
  void letGo(EpisodicConversation conversation) {
    resident.remove(conversation);
  }

  /** {@return the conversation under this key; empty if nobody began it} */
  Optional<EpisodicConversation> find(ConversationKey key) {
    return Optional.ofNullable(conversations.get(key)).map(Begun::get);
  }

  /** {@return all that somebody holds or that are in memory} */
  List<EpisodicConversation> all() {
    return conversations.values().stream().map(Begun::get).filter(Objects::nonNull).toList();
  }

  /** {@return how many take memory here} */
  int size() {
    dropGone();
    return conversations.size();
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
