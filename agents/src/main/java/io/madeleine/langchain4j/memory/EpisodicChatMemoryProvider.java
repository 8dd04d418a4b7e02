package io.madeleine.langchain4j.memory;

import dev.langchain4j.memory.chat.ChatMemoryProvider;
import io.madeleine.langchain4j.message.MemoryIds;
import io.madeleine.memory.identity.ConversationKey;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Gives every memory id its {@link EpisodicChatMemory}, the same one while it is in use. The last
 * {@value #IN_USE} are kept; one that is asked for again later is read from the log. Thread-safe.
 *
 * <p>An id becomes the conversation's id by its text; {@code null} and LangChain4j's {@code
 * "default"} are refused, since that would be one memory for everybody, and so is an id whose class
 * has no {@code toString} of its own: see {@link MemoryIds}.
 */
public final class EpisodicChatMemoryProvider implements ChatMemoryProvider {

  /** Memories that are kept. */
  public static final int IN_USE = 10_000;

  private final MemorySettings settings;
  private final Map<String, EpisodicChatMemory> memories = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param settings what the memories have in common
   */
  public EpisodicChatMemoryProvider(MemorySettings settings) {
    this.settings = settings;
  }

  /**
   * {@return the memory of {@code memoryId}}
   *
   * @throws IllegalArgumentException if the id is missing, blank, or LangChain4j's default, or its
   *     class has no {@code toString} of its own
   */
  @Override
  public synchronized EpisodicChatMemory get(Object memoryId) {
    ConversationKey conversation = conversation(settings, memoryId);
    EpisodicChatMemory memory = memories.get(conversation.id());
    if (memory == null) {
      History history = new History(settings, conversation);
      var answered = new Answered(history::exchangeAnswer);
      memory = new EpisodicChatMemory(memoryId, conversation, settings, history, answered);
      memories.put(conversation.id(), memory);
      forgetIdle();
    }
    return memory;
  }

  /** {@return where the turns of {@code memoryId} are in the log} */
  static ConversationKey conversation(MemorySettings settings, Object memoryId) {
    if (memoryId == null || memoryId.equals("default")) {
      throw new IllegalArgumentException(
          "a memory needs an id of its own, but got '%s': annotate a parameter of the AI service with"
                  .formatted(memoryId)
              + " @MemoryId, or every user shares one memory");
    }
    return new ConversationKey(settings.tenant(), MemoryIds.text(memoryId));
  }

  private void forgetIdle() {
    if (memories.size() <= IN_USE) {
      return;
    }
    memories.values().stream()
        .filter(EpisodicChatMemory::mayBeLetGo)
        .findFirst()
        .ifPresent(memory -> memories.remove(memory.conversation().id()));
  }
}
