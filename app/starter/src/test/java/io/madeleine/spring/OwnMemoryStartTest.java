package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/** How a start ends with a {@link Memory} of the application's, and what it says. */
final class OwnMemoryStartTest {

  private static final ConversationKey ADA = ConversationKey.of("acme", "ada");
  private static final Clock CLOCK = Clock.systemUTC();

  @TempDir Path data;
  @TempDir Path own;

  private ApplicationContextRunner withoutFolder() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                MadeleineOwnMemoryAutoConfiguration.class,
                MadeleineAutoConfiguration.class,
                MadeleineMemoryAutoConfiguration.class,
                MadeleineWithoutDataAutoConfiguration.class))
        .withPropertyValues("madeleine.tenant=acme", "own=" + own);
  }

  private ApplicationContextRunner acme() {
    return withoutFolder().withPropertyValues("madeleine.data=" + data);
  }

  private ApplicationContextRunner pocket() {
    return acme()
        .withPropertyValues(
            "madeleine.model=pocket", "madeleine.engine.warm-up=false", "madeleine.kv.memory=64MB");
  }

  private static Memory in(Environment environment) {
    String folder = Objects.requireNonNull(environment.getProperty("own"));
    return Memory.open(Path.of(folder), CLOCK, MemoryOptions.DEFAULT);
  }

  private static FailureAnalysis analysis(FailureAnalyzer by, Throwable failure) {
    return Objects.requireNonNull(by.analyze(failure));
  }

  @Configuration(proxyBeanMethods = false)
  static class Telling {
    @Bean
    Memory mine(EpisodicConversations conversations, Environment environment) {
      Memory memory = in(environment);
      memory.alsoErase(conversations::eraseDerived);
      return memory;
    }
  }

  /** Is not asked for before the starter's beans. */
  @Configuration(proxyBeanMethods = false)
  static class LazilyTelling {
    @Bean
    @Lazy
    Memory mine(EpisodicConversations conversations, Environment environment) {
      return new Telling().mine(conversations, environment);
    }
  }

  @Test
  void ownMemoryThatTakesTheConversations_isNotSilentlyAnotherHistory() {
    for (Class<?> beans : List.of(Telling.class, LazilyTelling.class)) {
      pocket()
          .withUserConfiguration(beans)
          .run(
              context -> {
                Throwable failure = Objects.requireNonNull(context.getStartupFailure());
                FailureAnalysis analysis =
                    analysis(new MadeleineFailureAnalyzers.OtherHistory(), failure);
                assertThat(analysis.getDescription())
                    .contains("the Memory bean 'mine' is over another history");
                assertThat(analysis.getAction()).contains("without EpisodicConversations");
              });
    }
    acme().run(context -> assertThat(context).hasNotFailed()); // all is closed again
  }

  @Configuration(proxyBeanMethods = false)
  static class InTheBackground {
    @Bean(bootstrap = Bean.Bootstrap.BACKGROUND)
    Memory mine(Environment environment) {
      return in(environment);
    }

    /** As slow as can be. */
    @Bean
    Executor bootstrapExecutor() {
      return task -> {};
    }
  }

  @Test
  void ownMemoryThatIsStillMadeInTheBackground_isNotTakenForOneOverOurHistory() {
    acme()
        .withUserConfiguration(InTheBackground.class)
        .run(
            context -> {
              assertThat(context).getFailure().rootCause().hasMessageContaining("background");
              assertThat(data.resolve("history")).doesNotExist();
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class OverOurs {
    @Bean
    Memory mine(TurnLog log, TurnIndex index) {
      return Memory.over(log, index, CLOCK, MemoryOptions.DEFAULT);
    }
  }

  @Test
  void ownMemory_madeOverOurHistoryWithoutAFolder_saysWhichPropertyIsMissing() {
    withoutFolder()
        .withUserConfiguration(OverOurs.class)
        .run(
            context -> {
              Throwable failure = Objects.requireNonNull(context.getStartupFailure());
              FailureAnalysis analysis = analysis(new MadeleineFailureAnalyzers.NoData(), failure);
              assertThat(analysis.getDescription())
                  .contains("Memory bean brings no history of its own")
                  .contains("madeleine.data is not set");
              assertThat(analysis.getAction()).contains("Set madeleine.data");
            });
  }

  @SuppressWarnings("NullAway.Init") // Spring's to fill
  @Configuration(proxyBeanMethods = false)
  static class FieldsOverOurs {
    @Autowired private TurnLog log;
    @Autowired private TurnIndex index;

    @Bean
    Memory mine() {
      return Memory.over(log, index, CLOCK, MemoryOptions.DEFAULT);
    }
  }

  @Test
  void memoryOfFieldsThatAreStillEmpty_waitsForOurHistory() {
    acme()
        .withAllowCircularReferences(true)
        .withUserConfiguration(FieldsOverOurs.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean(Memory.class).log())
                  .isSameAs(context.getBean(TurnLog.class));
            });
  }

  /** As a test's spy would be, or what a post processor wraps around the bean. */
  @Test
  void memoryOfOurs_isTheBean() {
    var asked = new ArrayList<Erasure>();
    acme()
        .withBean(BeanPostProcessor.class, () -> replacing(asked))
        .run(
            context -> {
              context.getBean(ChatMemoryProvider.class).get("ada").clear();

              assertThat(asked).containsExactly(new Erasure.OfConversation(ADA));
            });
  }

  private static BeanPostProcessor replacing(List<Erasure> asked) {
    return new BeanPostProcessor() {
      @Override
      public Object postProcessAfterInitialization(Object bean, String name) {
        if (!(bean instanceof Memory memory)) {
          return bean;
        }
        Memory other = Memory.over(memory.log(), memory.index(), CLOCK, MemoryOptions.DEFAULT);
        other.alsoErase(
            receipt -> {
              asked.add(receipt.request());
              return new ForgetReceipt.Erased("elsewhere", 1, "all", receipt.at());
            });
        return other;
      }
    };
  }

  @Test
  void twoMemoriesAndTwoThatNobodyAskedFor_theseAreNotOpened() {
    var opened = new ArrayList<String>();
    acme()
        .withBean("one", Memory.class, () -> open("one", opened))
        .withBean("two", Memory.class, () -> open("two", opened), each -> each.setLazyInit(true))
        .withBean(
            "three",
            Memory.class,
            () -> open("three", opened),
            each -> each.setScope(BeanDefinition.SCOPE_PROTOTYPE))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(opened).containsExactly("one");
            });
  }

  private Memory open(String folder, List<String> opened) {
    opened.add(folder);
    return Memory.open(own.resolve(folder), CLOCK, MemoryOptions.DEFAULT);
  }

  /** {@return what is logged meanwhile about the application's memory} */
  private static List<String> warnings(Runnable meanwhile) {
    var said = new ArrayList<String>();
    Handler handler = new Listening(said);
    Logger logger = Logger.getLogger(MadeleineOwnMemoryAutoConfiguration.class.getName());
    logger.addHandler(handler);
    try {
      meanwhile.run();
    } finally {
      logger.removeHandler(handler);
    }
    return said;
  }

  /** Keeps messages. */
  private static final class Listening extends Handler {
    private final List<String> said;

    Listening(List<String> said) {
      this.said = said;
    }

    @Override
    public void publish(LogRecord message) {
      said.add(new SimpleFormatter().formatMessage(message));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Configuration(proxyBeanMethods = false)
  static class Plain {
    @Bean
    Memory mine(Environment environment) {
      return in(environment);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WithVectors {
    @Bean
    Memory mine(Environment environment, Embedder embedder) {
      String folder = Objects.requireNonNull(environment.getProperty("own"));
      return Memory.open(Path.of(folder), CLOCK, MemoryOptions.DEFAULT.with(embedder));
    }
  }

  private static void start(ApplicationContextRunner runner) {
    runner.run(context -> assertThat(context).hasNotFailed());
  }

  @Test
  void ownMemoryOnAFolderInUse_warnsOfTheHistoryThatIsNotUsedAnyMore() {
    ApplicationContextRunner mine = acme().withUserConfiguration(Plain.class);
    assertThat(warnings(() -> start(mine))).isEmpty();
    start(acme());
    assertThat(warnings(() -> start(mine))).isEmpty(); // nobody said anything there
    try (TurnLog before = TurnLog.open(data.resolve("history"), CLOCK)) {
      before.begin(ADA).add(new ChatMessage.User("My parrot is called Mopsel.")).commit();
    }

    assertThat(warnings(() -> start(mine)))
        .singleElement()
        .asString()
        .contains("Turns in " + data.resolve("history") + " are neither recalled nor erased")
        .contains("delete that folder, with 'minds' and 'spans'");
  }

  /** Has one vector for all. */
  private static final class Constant implements EmbeddingModel {
    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
      return Response.from(
          texts.stream().map(text -> Embedding.from(new float[] {1, 0, 0})).toList());
    }
  }

  @Test
  void ownMemoryThatIsOverTheHistoryInTheFolder_isNotWarnedOfIt() {
    try (TurnLog log = TurnLog.open(data.resolve("history"), CLOCK);
        TurnIndex index =
            TurnIndex.open(own.resolve("index"), IndexOptions.DEFAULT, Optional.empty())) {
      log.begin(ADA).add(new ChatMessage.User("My parrot is called Mopsel.")).commit();
      ApplicationContextRunner mine =
          acme()
              .withBean(Memory.class, () -> Memory.over(log, index, CLOCK, MemoryOptions.DEFAULT));

      assertThat(warnings(() -> start(mine))).isEmpty();
    }
  }

  @Test
  void ownMemoryWithoutVectorsBesideAnEmbeddingModel_saysSo() {
    ApplicationContextRunner both =
        acme()
            .withPropertyValues("madeleine.embedding.dimension=3")
            .withBean(EmbeddingModel.class, Constant::new);

    assertThat(warnings(() -> start(both.withUserConfiguration(Plain.class))))
        .singleElement()
        .asString()
        .contains("found by their words alone");
    assertThat(warnings(() -> start(both.withUserConfiguration(WithVectors.class)))).isEmpty();
  }
}
