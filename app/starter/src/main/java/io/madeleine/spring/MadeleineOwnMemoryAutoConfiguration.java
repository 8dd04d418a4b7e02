package io.madeleine.spring;

import io.madeleine.memory.history.LogException;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.Memory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
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
 * madeleine.data}, as they are without such a bean, and closed here. One that asks for what works
 * on them and turns out to be over another stops the start.
 */
@AutoConfiguration(before = MadeleineAutoConfiguration.class)
@ConditionalOnSingleCandidate(Memory.class)
@ConditionalOnMissingBean(TurnLog.class)
@EnableConfigurationProperties(MadeleineProperties.class)
public final class MadeleineOwnMemoryAutoConfiguration {

  private static final System.Logger LOG =
      System.getLogger(MadeleineOwnMemoryAutoConfiguration.class.getName());

  @Bean
  OwnMemory madeleineOwnMemory(
      ObjectProvider<Memory> memories, ConfigurableListableBeanFactory beans) {
    return OwnMemory.of(memories, beans);
  }

  @Bean(destroyMethod = "") // not ours, or closed with OwnMemory
  TurnLog madeleineHistory(
      OwnMemory own, MadeleineProperties properties, ObjectProvider<Clock> clock) {
    if (own.history().isPresent()) {
      warnOfHistoryIn(properties.folder(), MadeleineAutoConfiguration.clockOf(clock));
    }
    return own.historyOr(() -> open(properties, clock));
  }

  private static void warnOfHistoryIn(@Nullable Path folder, Clock clock) {
    if (folder != null && isOfBefore(folder.resolve("history"), clock)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Turns in {0} are neither recalled nor erased any more, since the application has a Memory"
              + " bean over another history: import them there, or see that they are not needed, and"
              + " delete that folder, with ''minds'' and ''spans'' beside it.",
          folder.resolve("history"));
    }
  }

  /** What is in use may be the very history of that memory. */
  private static boolean isOfBefore(Path history, Clock clock) {
    if (!Files.exists(history.resolve("lock"))) {
      return false; // no log was ever opened there
    }
    try (TurnLog former = TurnLog.open(history, clock)) {
      return !former.tenants().isEmpty();
    } catch (LogException e) {
      return false;
    }
  }

  private static TurnLog open(MadeleineProperties properties, ObjectProvider<Clock> clock) {
    if (properties.folder() == null) {
      throw new NoDataException(
          "the application's Memory bean brings no history of its own, and madeleine.data is not"
              + " set, so there is none that it could be over");
    }
    return MadeleineAutoConfiguration.openHistory(properties, clock);
  }

  @Bean(destroyMethod = "") // not ours, or closed with OwnMemory
  @ConditionalOnMissingBean
  TurnIndex madeleineIndex(
      OwnMemory own,
      TurnLog history,
      MadeleineProperties properties,
      ObjectProvider<Embedder> embedder) {
    if (embedder.getIfUnique() != null
        && own.index().filter(its -> !its.hasEmbedder()).isPresent()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "There is an embedding model, but the application's Memory bean was opened without one, so"
              + " its turns are found by their words alone: open it with"
              + " MemoryOptions.with(embedder), which may be the Embedder bean.");
    }
    return own.indexOr(() -> MadeleineAutoConfiguration.openIndex(properties, history, embedder));
  }
}
