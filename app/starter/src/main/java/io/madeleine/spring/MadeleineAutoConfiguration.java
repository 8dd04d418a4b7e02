package io.madeleine.spring;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.madeleine.conversation.completion.CacheKeeping;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.MindOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.langchain4j.LangChain4jEmbedder;
import io.madeleine.memory.history.TurnLog;
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
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * A history and an index where {@code madeleine.data} says, with vectors where there is an
 * embedding model, and an engine where {@code madeleine.model} names its file; each unless the
 * application brings its own. Providers whose configuration is not named below come before this by
 * their package, since Spring Boot goes by the alphabet first.
 */
@AutoConfiguration(
    afterName = {
      "dev.langchain4j.openai.spring.OpenAiAutoConfiguration",
      "dev.langchain4j.ollama.spring.OllamaAutoConfiguration"
    })
@ConditionalOnProperty("madeleine.data")
@EnableConfigurationProperties(MadeleineProperties.class)
public final class MadeleineAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  TurnLog madeleineHistory(MadeleineProperties properties, ObjectProvider<Clock> clock) {
    return openHistory(properties, clock);
  }

  static TurnLog openHistory(MadeleineProperties properties, ObjectProvider<Clock> clock) {
    return TurnLog.open(data(properties).resolve("history"), clockOf(clock));
  }

  /** Any embedding model of the application gives the index its vectors. */
  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnSingleCandidate(EmbeddingModel.class)
  Embedder madeleineEmbedder(MadeleineProperties properties, EmbeddingModel model) {
    MadeleineProperties.Embedding embedding = properties.embedding();
    String name = embedding.name() != null ? embedding.name() : nameOf(model);
    int dimension = embedding.dimension() != 0 ? embedding.dimension() : dimensionOf(model, name);
    return LangChain4jEmbedder.of(model, name, dimension).withQueryPrefix(embedding.queryPrefix());
  }

  /** Most providers' models are asked for a vector to measure, over the network. */
  private static int dimensionOf(EmbeddingModel model, String name) {
    try {
      return model.dimension();
    } catch (RuntimeException e) {
      throw new NoDimensionException(name, e);
    }
  }

  /** Many models answer LangChain4j's "unknown"; two kinds of them must not pass for one. */
  private static String nameOf(EmbeddingModel model) {
    String name = model.modelName();
    return name == null || name.isBlank() || name.equals("unknown")
        ? model.getClass().getName()
        : name;
  }

  @Bean
  @ConditionalOnMissingBean
  TurnIndex madeleineIndex(
      MadeleineProperties properties, TurnLog history, ObjectProvider<Embedder> embedder) {
    return openIndex(properties, history, embedder);
  }

  static TurnIndex openIndex(
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
        machineMemory(),
        properties.engine().thinking());
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(ReadyModel.class)
  EpisodicConversations madeleineConversations(
      MadeleineProperties properties,
      ReadyModel model,
      TurnLog history,
      TurnIndex index,
      ObjectProvider<Embedder> embedder,
      ObjectProvider<Clock> clock) {
    return new EpisodicConversations(
        model,
        history,
        index,
        data(properties),
        mind(properties, KvShares.forConversations(properties.kv(), model)),
        clockOf(clock),
        Optional.ofNullable(embedder.getIfUnique()));
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(ReadyModel.class)
  Completions madeleineCompletions(MadeleineProperties properties, ReadyModel model) {
    KvShares shares = KvShares.forAnswers(properties.kv(), model);
    return new Completions(
        model,
        new SchedulerOptions(
            properties.engine().running(),
            properties.engine().waiting(),
            Math.max(SchedulerOptions.DEFAULT.stepTokens(), properties.engine().running())),
        properties.kv().type(),
        shares.answers(),
        keeping(
            properties,
            CacheKeeping.withDisk(
                shares.answers(),
                data(properties).resolve("completions"),
                shares.answersOnDisk())));
  }

  private static CacheKeeping keeping(MadeleineProperties properties, CacheKeeping computed) {
    Duration lease = properties.kv().lease();
    return lease == null
        ? computed
        : computed.leasing(new RetentionPolicy.Fixed(lease.toNanos() / 1e9));
  }

  private static MindOptions mind(MadeleineProperties properties, KvShares shares) {
    MindOptions usual = MindOptions.DEFAULT;
    return new MindOptions(
        usual
            .layout()
            .tokens(properties.kv().recentTokens(), properties.kv().recalledTokens())
            .compression(properties.kv().episodes().toCompression()),
        shares.working(),
        TierLimits.within(shares.episodes()),
        shares.episodesOnDisk(),
        usual.open(),
        usual.recalledTurns(),
        usual.codec(),
        properties.kv().recall());
  }

  private static long machineMemory() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getTotalMemorySize();
  }

  /** {@return the application's clock; the system's where it has none, or several and no first} */
  static Clock clockOf(ObjectProvider<Clock> clock) {
    return clock.getIfUnique(Clock::systemDefaultZone);
  }

  private static Path data(MadeleineProperties properties) {
    return required("data", properties.folder());
  }

  private static EngineOptions engine(MadeleineProperties properties) {
    int threads = properties.engine().threads();
    int context = properties.engine().contextTokens();
    EngineOptions usual =
        new EngineOptions(
            threads == 0 ? Runtime.getRuntime().availableProcessors() : threads,
            properties.engine().warmUp());
    return context == 0 ? usual : usual.within(context);
  }

  private static <T> T required(String name, @Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("madeleine.%s is not set".formatted(name));
    }
    return value;
  }
}
