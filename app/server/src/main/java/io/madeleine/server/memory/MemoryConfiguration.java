package io.madeleine.server.memory;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.memory.history.LogOptions;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.time.Clock;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the memory's controllers need. */
@Configuration(proxyBeanMethods = false)
class MemoryConfiguration {

  @Bean
  MindReader mindReader(
      EpisodicConversations conversations, TurnLog log, ReadyModel model, Completions completions) {
    return new MindReader(
        conversations, log, model.words().tokenizer(), model.transformer().kvShape(), completions);
  }

  /** Counts budgets in the model's own tokens. */
  @Bean
  Memory textMemory(
      TurnLog log, TurnIndex index, ReadyModel model, ObjectProvider<Clock> clockProvider) {
    Clock clock = clockProvider.getIfAvailable(Clock::systemDefaultZone);
    var options =
        new MemoryOptions(
            LogOptions.DEFAULT,
            IndexOptions.DEFAULT,
            Optional.empty(),
            clock.getZone(),
            text -> model.words().tokenizer().encode(text, /* parseSpecial= */ false).length);
    return Memory.over(log, index, clock, options);
  }
}
