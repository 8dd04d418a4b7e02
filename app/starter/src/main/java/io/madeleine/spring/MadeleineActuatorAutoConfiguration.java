package io.madeleine.spring;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.Memory;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The Actuator's view of the memory, where the Actuator is on the class path. */
@AutoConfiguration(after = MadeleineAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, HealthIndicator.class})
@ConditionalOnBean(TurnLog.class)
@EnableConfigurationProperties(MadeleineProperties.class)
public final class MadeleineActuatorAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  MadeleineEndpoint madeleineEndpoint(
      TurnLog history,
      ObjectProvider<TurnIndex> index,
      ObjectProvider<EpisodicConversations> conversations,
      ObjectProvider<Completions> completions,
      ObjectProvider<MemoryOfHistory> its,
      ObjectProvider<Memory> memories,
      MadeleineProperties properties) {
    MemoryOfHistory memory = its.getIfAvailable();
    return new MadeleineEndpoint(
        history,
        index.getIfAvailable(),
        only(conversations.getIfAvailable(), each -> each.history() == history),
        completions.getIfAvailable(),
        memory == null
            ? only(memories.getIfUnique(), each -> each.log() == history)
            : memory.memory(),
        properties.endpoint().delete());
  }

  /** An application may have others, over histories of their own. */
  private static <T> @Nullable T only(@Nullable T bean, Predicate<T> isOfThisHistory) {
    return bean != null && isOfThisHistory.test(bean) ? bean : null;
  }

  @Bean
  @ConditionalOnEnabledHealthIndicator("madeleine")
  @ConditionalOnMissingBean(name = "madeleineHealthIndicator")
  HealthIndicator madeleineHealthIndicator(
      TurnLog history, ObjectProvider<EpisodicConversations> conversations) {
    return new MadeleineHealth(history, conversations.getIfAvailable());
  }
}
