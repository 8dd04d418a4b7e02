package io.madeleine.conversation.begun;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * The conversations that somebody began or went on with. As long as anybody holds one or it has its
 * keys and values in memory it is the same object, also when what was said in it is forgotten:
 * whoever holds it and whoever asks for it anew wait for one lock, so that no two work on the same
 * files. One that nobody holds, and that gave its memory back, takes no memory here either, for a
 * server meets millions of them. Thread-safe.
 *
 * @param <C> a conversation; its own equal only
 */
public final class BegunConversations<C> {

  private static final class Begun<T> extends WeakReference<T> {

    private final ConversationKey key;

    private Begun(ConversationKey key, T conversation, ReferenceQueue<T> gone) {
      super(conversation, gone);
      this.key = key;
    }
  }

  /** One of them, and when it spoke last as this was looked up. */
  private record Silent<T>(T conversation, long since) {}

  private final Map<ConversationKey, Begun<C>> conversations = new ConcurrentHashMap<>();
  private final ReferenceQueue<C> gone = new ReferenceQueue<>();
  private final Set<C> resident = ConcurrentHashMap.newKeySet();
  private final ReentrantLock beginning = new ReentrantLock();

  /**
   * {@return the conversation under this key}
   *
   * @param begin makes one that nobody asked for before, or that is gone
   */
  public C of(ConversationKey key, Function<ConversationKey, C> begin) {
    return find(key)
        .orElseGet(() -> whileNobodyBegins(() -> find(key).orElseGet(() -> add(key, begin))));
  }

  private C add(ConversationKey key, Function<ConversationKey, C> begin) {
    dropGone();
    C conversation = begin.apply(key);
    conversations.put(key, new Begun<>(key, conversation, gone));
    return conversation;
  }

  private void dropGone() {
    for (var each = (Begun<?>) gone.poll(); each != null; each = (Begun<?>) gone.poll()) {
      conversations.remove(each.key, each);
    }
  }

  /** It has something in memory: it is kept though nobody holds it. */
  public void keep(C conversation) {
    resident.add(conversation);
  }

  /** It has nothing in memory any more. */
  public void letGo(C conversation) {
    resident.remove(conversation);
  }

  /** {@return the conversation under this key; empty if nobody began it} */
  public Optional<C> find(ConversationKey key) {
    return Optional.ofNullable(conversations.get(key)).map(Begun::get);
  }

  /** {@return all that somebody holds or that are in memory} */
  public List<C> all() {
    return held(conversations.values().stream());
  }

  /** {@return those of one tenant} */
  public List<C> of(Tenant tenant) {
    return held(conversations.values().stream().filter(each -> each.key.tenant().equals(tenant)));
  }

  private static <T> List<T> held(Stream<Begun<T>> begun) {
    return begun.map(Begun::get).filter(Objects::nonNull).toList();
  }

  /**
   * {@return some of them, those first that were silent for the longest time as this is called}
   * Others go on speaking while they are sorted.
   *
   * @param lastUsed tells when one spoke last; asked once for each
   */
  public static <T> List<T> oldestFirst(Collection<T> conversations, ToLongFunction<T> lastUsed) {
    return conversations.stream()
        .map(each -> new Silent<>(each, lastUsed.applyAsLong(each)))
        .sorted(Comparator.comparingLong(Silent::since))
        .map(Silent::conversation)
        .toList();
  }

  /** {@return how many take memory here} */
  public int size() {
    dropGone();
    return conversations.size();
  }

  /**
   * Does something to conversations that nobody began: none of them is begun meanwhile. Waits for
   * no turn.
   */
  public <T> T whileNobodyBegins(Supplier<T> what) {
    beginning.lock();
    try {
      return what.get();
    } finally {
      beginning.unlock();
    }
  }
}
