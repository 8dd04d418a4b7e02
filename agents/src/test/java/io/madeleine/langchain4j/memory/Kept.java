package io.madeleine.langchain4j.memory;

import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;

/** How a conversation is kept: by our own memory, or by LangChain4j's window over our store. */
enum Kept {
  MEMORY,
  STORE;

  /** {@return the memory of a conversation in {@code log}} */
  ChatMemory memory(TurnLog log, ConversationKey key) {
    return memory(MemorySettings.of(log, key.tenant()), key);
  }

  /** {@return the memory of a conversation with these settings} */
  ChatMemory memory(MemorySettings settings, ConversationKey key) {
    return switch (this) {
      case MEMORY -> new EpisodicChatMemoryProvider(settings).get(key.id());
      case STORE ->
          MessageWindowChatMemory.builder()
              .id(key.id())
              .maxMessages(40)
              .chatMemoryStore(new EpisodicChatMemoryStore(settings))
              .build();
    };
  }
}
