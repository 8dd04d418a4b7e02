package io.madeleine.spring;

import dev.langchain4j.memory.chat.ChatMemoryProvider;
import io.madeleine.conversation.completion.CacheKeeping;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.MindOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.memory.tier.TierLimits;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * A history and an index where {@code madeleine.data} says, a model where {@code madeleine.model}
 * names one, and a chat memory for LangChain4j where {@code madeleine.tenant} says whose; each
 * unless the application brings its own.
 */
@AutoConfiguration
@ConditionalOnProperty("madeleine.data")
@EnableConfigurationProperties(MadeleineProperties.class)
public final class MadeleineAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  TurnLog madeleineHistory(MadeleineProperties properties, ObjectProvider<Clock> clock) {
    return TurnLog.open(data(properties).resolve("history"), clockOf(clock));
  }

  @Bean
  @ConditionalOnMissingBean
  TurnIndex madeleineIndex(
      MadeleineProperties properties, TurnLog history, ObjectProvider<Embedder> embedder) {
    var index =
        TurnIndex.open(
            data(properties).resolve("index"),
            IndexOptions.DEFAULT,
            Optional.ofNullable(embedder.getIfUnique()));
    index.follow(history);
    return index;
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnProperty("madeleine.model")
  ReadyModel madeleineModel(MadeleineProperties properties, ObjectProvider<Clock> clock) {
    Path file =
        ModelFiles.find(required("model", properties.model()), data(properties).resolve("models"));
    return ReadyModel.open(
        file,
        clockOf(clock),
        engine(properties),
        properties.kv().memory().toBytes(),
        machineMemory());
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(ReadyModel.class)
  EpisodicConversations madeleineConversations(
      MadeleineProperties properties,
      ReadyModel model,
      TurnLog history,
      TurnIndex index,
      ObjectProvider<Clock> clock) {
    return new EpisodicConversations(
        model, history, index, data(properties), mind(properties), clockOf(clock));
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(ReadyModel.class)
  Completions madeleineCompletions(MadeleineProperties properties, ReadyModel model) {
    long memory = Math.max(1, properties.kv().memory().toBytes() / 4);
    long disk = Math.max(1, properties.kv().disk().toBytes() / 4);
    return new Completions(
        model,
        SchedulerOptions.DEFAULT,
        properties.kv().type(),
        memory,
        keeping(
            properties,
            CacheKeeping.withDisk(memory, data(properties).resolve("completions"), disk)));
  }

  private static CacheKeeping keeping(MadeleineProperties properties, CacheKeeping computed) {
    Duration lease = properties.kv().lease();
    return lease == null
        ? computed
        : computed.leasing(new RetentionPolicy.Fixed(lease.toNanos() / 1e9));
  }

  @Bean
  @ConditionalOnMissingBean(ChatMemoryProvider.class)
  @ConditionalOnProperty("madeleine.tenant")
  EpisodicChatMemoryProvider madeleineChatMemoryProvider(
      MadeleineProperties properties, TurnLog history) {
    return new EpisodicChatMemoryProvider(
        MemorySettings.of(history, new Tenant(required("tenant", properties.tenant())))
            .with(properties.window().toWindow())
            .with(properties.window().patience()));
  }

  /** Half of the memory for working caches, a quarter for episodes, the rest for completions. */
  private static MindOptions mind(MadeleineProperties properties) {
    long memory = properties.kv().memory().toBytes();
    MindOptions usual = MindOptions.DEFAULT;
    return new MindOptions(
        usual
            .layout()
            .tokens(properties.kv().recentTokens(), properties.kv().recalledTokens())
            .compression(properties.kv().episodes().toCompression()),
        Math.max(1, memory / 2),
        TierLimits.within(memory / 4),
        properties.kv().disk().toBytes(),
        usual.open(),
        usual.recalledTurns(),
        usual.codec(),
        properties.kv().recall());
  }

  private static long machineMemory() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getTotalMemorySize();
  }

  private static Clock clockOf(ObjectProvider<Clock> clock) {
    return clock.getIfAvailable(Clock::systemDefaultZone);
  }

  private static Path data(MadeleineProperties properties) {
    return required("data", properties.data());
  }

  private static EngineOptions engine(MadeleineProperties properties) {
    int threads = properties.engine().threads();
    return new EngineOptions(
        threads == 0 ? Runtime.getRuntime().availableProcessors() : threads,
        properties.engine().warmUp());
  }

  private static <T> T required(String name, @Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("madeleine.%s is not set".formatted(name));
    }
    return value;
  }
}
