package io.madeleine.tour;

import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.rag.RetrievalAugmentor;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * A Spring application that remembers: the starter on its class path, and three properties ({@code
 * madeleine.data}, {@code madeleine.tenant}, {@code madeleine.model}). With a {@code ChatModel}
 * bean of its own it needs the first two.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class SpringRemembers {

  /** What the AI service can do. */
  interface Assistant {
    String chat(@MemoryId String conversation, @UserMessage String text);
  }

  @Bean
  Assistant assistant(ChatModel model, ChatMemoryProvider memories, RetrievalAugmentor recall) {
    return AiServices.builder(Assistant.class)
        .chatModel(model)
        .chatMemoryProvider(memories)
        .retrievalAugmentor(recall)
        .build();
  }
}
