package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.store.memory.chat.ChatMemoryStore;
import io.madeleine.memory.identity.ConversationKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The turn log behind LangChain4j's own window memories, for those who have to keep them. They hand
 * over whole lists; this store finds what is new and logs it a turn at a time, so that nothing that
 * a window evicts is lost from the history.
 *
 * <p>Prefer {@link EpisodicChatMemory}, which evicts whole turns. Here the window decides, and
 * after a restart it is given the newest turns again and trims them anew. It also lets two turns of
 * one conversation go on at once; nobody waits here for anybody, and each turn is logged with the
 * answer of the thread, or of the AI service's call, that asked. A list that was read before
 * another was handed over takes nothing of that back. What {@link
 * io.madeleine.langchain4j.retrieval.EpisodicRetrievalAugmentor} put before a question, or an AI
 * service around it, is in the list while its turn goes on, and is not logged. Keeps the lists of
 * the {@value #IN_USE} conversations used last. Thread-safe.
 */
public final class EpisodicChatMemoryStore implements ChatMemoryStore {

  /** Conversations whose list is kept. */
  public static final int IN_USE = 1_000;

  private final MemorySettings settings;
  private final Map<String, KeptWindow> kept = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param settings where the turns go, and how many a new window is given at most; the patience is
   *     not needed
   */
  public EpisodicChatMemoryStore(MemorySettings settings) {
    this.settings = settings;
  }

  @Override
  public List<ChatMessage> getMessages(Object memoryId) {
    return window(memoryId).read();
  }

  @Override
  public void updateMessages(Object memoryId, List<ChatMessage> messages) {
    window(memoryId).update(messages);
  }

  /**
   * Erases the conversation from the log, for good, and wherever {@link MemorySettings#memory}
   * forgets; but behind the answer of the call that does it, as LangChain4j's output guardrails
   * take one back, only the turn of that answer. A call whose tool does it goes on: its turn is in
   * the list until it ends, and is not logged. See {@link EpisodicChatMemory#clear}.
   */
  @Override
  public void deleteMessages(Object memoryId) {
    window(memoryId).clear();
  }

  private synchronized KeptWindow window(Object memoryId) {
    ConversationKey conversation = EpisodicChatMemoryProvider.conversation(settings, memoryId);
    KeptWindow window = kept.get(conversation.id());
    if (window == null) {
      window = new KeptWindow(memoryId, conversation, settings);
      kept.put(conversation.id(), window);
      forgetIdle();
    }
    return window;
  }

  /**
   * Questions that are never answered keep no window for ever: of twice as many the oldest goes.
   */
  private void forgetIdle() {
    if (kept.size() <= IN_USE) {
      return;
    }
    kept.entrySet().stream()
        .filter(entry -> kept.size() > 2 * IN_USE || entry.getValue().isIdle())
        .findFirst()
        .map(Map.Entry::getKey)
        .ifPresent(kept::remove);
  }
}
