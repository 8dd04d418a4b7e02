package io.madeleine.spring;

import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.Memory;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * The history and the index of an application's own {@link Memory}, where it has one and no {@link
 * TurnLog}: what chat memories and conversations write there is what that memory finds and forgets.
 * Whoever opened them closes them, and no folder need be named.
 *
 * <p>A memory that asks for the starter's own history is over that: both are then opened in {@code
 * madeleine.data}, as they are without such a bean, and closed here.
 */
@AutoConfiguration(before = MadeleineAutoConfiguration.class)
@ConditionalOnSingleCandidate(Memory.class)
@ConditionalOnMissingBean(TurnLog.class)
@EnableConfigurationProperties(MadeleineProperties.class)
public final class MadeleineOwnMemoryAutoConfiguration {

  @Bean
  OwnMemory madeleineOwnMemory(ObjectProvider<Memory> memories) {
    return OwnMemory.of(memories);
  }

  @Bean(destroyMethod = "") // not ours, or closed with OwnMemory
  TurnLog madeleineHistory(
      OwnMemory own, MadeleineProperties properties, ObjectProvider<Clock> clock) {
    return own.historyOr(() -> MadeleineAutoConfiguration.openHistory(properties, clock));
  }

  @Bean(destroyMethod = "") // not ours, or closed with OwnMemory
  @ConditionalOnMissingBean
  TurnIndex madeleineIndex(
      OwnMemory own,
      TurnLog history,
      MadeleineProperties properties,
      ObjectProvider<Embedder> embedder) {
    return own.indexOr(() -> MadeleineAutoConfiguration.openIndex(properties, history, embedder));
  }
}
