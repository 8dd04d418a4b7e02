package io.madeleine.server.memory;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.server.access.ApiKeys;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the memory's controllers need. */
@Configuration(proxyBeanMethods = false)
class MemoryConfiguration {

  @Bean
  MindReader mindReader(
      EpisodicConversations conversations,
      TurnLog log,
      ReadyModel model,
      Completions completions,
      ApiKeys keys) {
    return new MindReader(
        conversations,
        log,
        model.words().tokenizer(),
        model.transformer().kvShape(),
        completions,
        /* alone= */ keys.isEmpty());
  }
}
