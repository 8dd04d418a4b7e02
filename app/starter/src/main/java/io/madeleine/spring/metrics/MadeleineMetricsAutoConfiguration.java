package io.madeleine.spring.metrics;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.spring.MadeleineAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.lang.ref.Cleaner;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Meters and observations, where Micrometer is on the class path. Any LangChain4j model that is
 * given the {@link ChatModelListener} beans is observed, not only the one in this process.
 */
@AutoConfiguration(after = MadeleineAutoConfiguration.class)
@ConditionalOnClass({MeterRegistry.class, ObservationRegistry.class})
@ConditionalOnBean(TurnLog.class)
public final class MadeleineMetricsAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  MadeleineMeters madeleineMeters(
      TurnLog history,
      ObjectProvider<EpisodicConversations> conversations,
      ObjectProvider<Completions> completions) {
    return new MadeleineMeters(
        history, conversations.getIfAvailable(), completions.getIfAvailable());
  }

  @Bean
  @ConditionalOnMissingBean
  AnswerObservations madeleineObservations(
      ObjectProvider<ObservationRegistry> observations, ObjectProvider<MeterRegistry> meters) {
    return new AnswerObservations(
        observations.getIfAvailable(() -> ObservationRegistry.NOOP), meters.getIfUnique());
  }

  @Bean
  @ConditionalOnMissingBean(name = "madeleineChatModelListener")
  ChatModelListener madeleineChatModelListener(
      AnswerObservations observations, ObjectProvider<ReadyModel> model) {
    ReadyModel ready = model.getIfAvailable();
    return new ObservedChatModels(
        observations, ready == null ? "unnamed" : ready.name(), Cleaner.create()::register);
  }
}
