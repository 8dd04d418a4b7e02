package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.store.memory.chat.ChatMemoryStore;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The turn log behind LangChain4j's own window memories, for those who have to keep them. They hand
 * over whole lists; this store finds what is new and logs it a turn at a time, so that nothing that
 * a window evicts is lost from the history.
 *
 * <p>Prefer {@link EpisodicChatMemory}, which evicts whole turns. Here the window decides, and
 * after a restart it is given the newest turns again and trims them anew. Keeps the lists of the
 * {@value #IN_USE} conversations used last. Thread-safe.
 */
public final class EpisodicChatMemoryStore implements ChatMemoryStore {

  /** Conversations whose list is kept. */
  public static final int IN_USE = 1_000;

  private final EpisodicChatMemoryProvider memories;
  private final Map<String, List<ChatMessage>> shown = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param settings where the turns go, and how many a new window is given at most
   */
  public EpisodicChatMemoryStore(MemorySettings settings) {
    this.memories = new EpisodicChatMemoryProvider(settings);
  }

  @Override
  public synchronized List<ChatMessage> getMessages(Object memoryId) {
    List<ChatMessage> known = shown.get(memoryId.toString());
    return known != null ? known : memories.get(memoryId).messages();
  }

  @Override
  public synchronized void updateMessages(Object memoryId, List<ChatMessage> messages) {
    EpisodicChatMemory memory = memories.get(memoryId);
    List<ChatMessage> before = getMessages(memoryId);
    int fresh = freshFrom(before, messages);
    if (fresh == 0 && !before.isEmpty()) {
      memory.set(messages);
    } else {
      messages.subList(fresh, messages.size()).forEach(memory::add);
    }
    shown.put(memoryId.toString(), List.copyOf(messages));
    if (shown.size() > IN_USE) {
      shown.remove(shown.keySet().iterator().next());
    }
  }

  @Override
  public synchronized void deleteMessages(Object memoryId) {
    shown.remove(memoryId.toString());
    memories.get(memoryId).clear();
  }

  /**
   * {@return where the new messages of {@code now} begin; 0 if it does not go on from {@code
   * before}} A window keeps the order, drops from the front, moves the system message, and appends.
   */
  private static int freshFrom(List<ChatMessage> before, List<ChatMessage> now) {
    var left = new HashMap<ChatMessage, Integer>();
    before.forEach(message -> left.merge(message, 1, Integer::sum));
    int at = 0;
    int next = 0;
    while (next < now.size()) {
      ChatMessage message = now.get(next);
      if (message instanceof SystemMessage && left.containsKey(message)) {
        next++;
        continue;
      }
      while (at < before.size() && !before.get(at).equals(message)) {
        at++;
      }
      if (at == before.size()) {
        break;
      }
      at++;
      next++;
    }
    return next;
  }
}
