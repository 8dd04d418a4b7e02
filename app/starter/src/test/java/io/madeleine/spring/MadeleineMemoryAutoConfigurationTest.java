package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.rag.AugmentationResult;
import dev.langchain4j.rag.RetrievalAugmentor;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.spring.RagAutoConfiguration;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.langchain4j.store.memory.chat.ChatMemoryStore;
import dev.langchain4j.store.memory.chat.InMemoryChatMemoryStore;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.langchain4j.memory.Recollection;
import io.madeleine.langchain4j.model.MadeleineEmbeddingModel;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.recall.Memory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The memory beside any model, and what of it an application may replace. */
final class MadeleineMemoryAutoConfigurationTest {

  @TempDir Path data;

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  MadeleineAutoConfiguration.class, MadeleineMemoryAutoConfiguration.class));

  private ApplicationContextRunner acme() {
    return runner.withPropertyValues("madeleine.data=" + data, "madeleine.tenant=acme");
  }

  /** An AI service. */
  interface Assistant {
    String chat(@MemoryId String conversation, @UserMessage String text);
  }

  @Test
  void anyChatModel_factOutsideTheWindow_isInThePromptAndIsNotStoredAgain() {
    acme()
        .withPropertyValues("madeleine.window.turns=1")
        .withBean(ChatModel.class, MadeleineMemoryAutoConfigurationTest::whatItSees)
        .run(
            context -> {
              var assistant = wired(Assistant.class, context);
              assistant.chat("ada", "My parrot is called Mopsel.");
              assertThat(assistant.chat("ada", "The weather is fine."))
                  .as("still in the window, so not said twice")
                  .doesNotContain("Mopsel");

              assertThat(assistant.chat("ada", "What is my parrot called?")).contains("Mopsel");
              assertThat(assistant.chat("bob", "What is my parrot called?"))
                  .doesNotContain("Mopsel");
              var turns =
                  context.getBean(TurnLog.class).latest(ConversationKey.of("acme", "ada"), 1);
              assertThat(turns.getFirst().messages().getFirst().body().text())
                  .isEqualTo("What is my parrot called?");
            });
  }

  /** Answers with the last user message as it came in, the one thing that recall adds to. */
  private static ChatModel whatItSees() {
    return new ChatModel() {
      @Override
      public ChatResponse doChat(ChatRequest request) {
        return ChatResponse.builder()
            .aiMessage(AiMessage.from("I read: " + request.messages().getLast()))
            .build();
      }
    };
  }

  @Test
  void ownAugmentorAndRecollection_oursBackOff() {
    acme()
        .withBean(
            RetrievalAugmentor.class,
            () -> request -> new AugmentationResult(request.chatMessage(), List.of()))
        .withBean(Recollection.class, () -> Recollection.NONE)
        .run(
            context -> {
              assertThat(context).hasSingleBean(RetrievalAugmentor.class);
              assertThat(context).hasSingleBean(Recollection.class);
              assertThat(context).hasSingleBean(Memory.class);
            });
  }

  /** An AI service whose calls do not say whose they are. */
  interface OneForAll {
    String chat(String text);
  }

  /** {@return a service with the beans that there are, as LangChain4j's starter wires them} */
  private static <T> T wired(Class<T> type, BeanFactory beans) {
    AiServices<T> service = AiServices.builder(type).chatModel(beans.getBean(ChatModel.class));
    beans.getBeanProvider(ChatMemory.class).ifAvailable(service::chatMemory);
    beans.getBeanProvider(ChatMemoryProvider.class).ifAvailable(service::chatMemoryProvider);
    RetrievalAugmentor augmentor = beans.getBeanProvider(RetrievalAugmentor.class).getIfAvailable();
    if (augmentor != null) {
      service.retrievalAugmentor(augmentor);
    } else {
      beans.getBeanProvider(ContentRetriever.class).ifAvailable(service::contentRetriever);
    }
    return service.build();
  }

  @Test
  void ownContentRetriever_itsDocumentsAreStillAsked() {
    acme()
        .withBean(ChatModel.class, MadeleineMemoryAutoConfigurationTest::whatItSees)
        .withBean(
            ContentRetriever.class,
            () -> query -> List.of(Content.from(TextSegment.from("The manual says 42."))))
        .run(
            context -> {
              assertThat(context).doesNotHaveBean(RetrievalAugmentor.class);
              assertThat(context).hasSingleBean(ChatMemoryProvider.class);
              assertThat(wired(Assistant.class, context).chat("ada", "What does it say?"))
                  .contains("The manual says 42.");
            });
  }

  @Test
  void ownChatMemory_callsThatNameNobodyStillWork() {
    acme()
        .withBean(ChatModel.class, MadeleineMemoryAutoConfigurationTest::whatItSees)
        .withBean(ChatMemory.class, () -> MessageWindowChatMemory.withMaxMessages(3))
        .run(
            context -> {
              assertThat(context).doesNotHaveBean(ChatMemoryProvider.class);
              assertThat(context).hasSingleBean(Memory.class);
              assertThat(wired(OneForAll.class, context).chat("Is anybody there?"))
                  .contains("Is anybody there?");
            });
  }

  @Test
  void ownChatMemoryProvider_callsThatNameNobodyStillWork() {
    acme()
        .withBean(ChatModel.class, MadeleineMemoryAutoConfigurationTest::whatItSees)
        .withBean(ChatMemoryProvider.class, () -> id -> MessageWindowChatMemory.withMaxMessages(3))
        .run(
            context -> {
              assertThat(context).hasSingleBean(ChatMemoryProvider.class);
              assertThat(context).doesNotHaveBean(RetrievalAugmentor.class);
              assertThat(wired(OneForAll.class, context).chat("Is anybody there?"))
                  .contains("Is anybody there?");
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnDocuments {
    @Bean
    EmbeddingStore<TextSegment> documents() {
      return new InMemoryEmbeddingStore<>();
    }
  }

  @Test
  void langChain4jsRetriever_overItsOwnEmptyStoreOursStays_overTheApplicationsItBacksOff() {
    ApplicationContextRunner beside =
        acme().withConfiguration(AutoConfigurations.of(RagAutoConfiguration.class));

    beside.run(
        context -> {
          assertThat(context).hasSingleBean(ContentRetriever.class);
          assertThat(context).hasSingleBean(RetrievalAugmentor.class);
        });
    beside
        .withUserConfiguration(OwnDocuments.class)
        .run(context -> assertThat(context).doesNotHaveBean(RetrievalAugmentor.class));
  }

  @Test
  void twoClocks_noneIsPreferredAndItStarts() {
    pocket()
        .withBean("utc", Clock.class, Clock::systemUTC)
        .withBean("late", Clock.class, () -> Clock.system(ZoneOffset.ofHours(9)))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context).hasSingleBean(Memory.class);
            });
  }

  @Test
  void noTenant_givesTheMemoryAndNothingThatNeedsToKnowWhose() {
    runner
        .withPropertyValues("madeleine.data=" + data)
        .run(
            context -> {
              assertThat(context).hasSingleBean(Memory.class);
              assertThat(context).doesNotHaveBean(RetrievalAugmentor.class);
              assertThat(context).doesNotHaveBean(ChatMemoryProvider.class);
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnEmbeddingModel {
    @Bean
    EmbeddingModel own(ReadyModel model) {
      return new MadeleineEmbeddingModel(model);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class AnotherEmbeddingModel {
    @Bean
    EmbeddingModel another(ReadyModel model) {
      return new MadeleineEmbeddingModel(model);
    }
  }

  private ApplicationContextRunner pocket() {
    return acme()
        .withPropertyValues(
            "madeleine.model=pocket", "madeleine.engine.warm-up=false", "madeleine.kv.memory=64MB");
  }

  @Test
  void anyEmbeddingModel_givesTheIndexItsVectors() {
    pocket()
        .withUserConfiguration(OwnEmbeddingModel.class)
        .withPropertyValues("madeleine.embedding.name=own-1")
        .run(
            context -> {
              ConversationKey ada = ConversationKey.of("acme", "ada");
              TurnLog log = context.getBean(TurnLog.class);
              log.begin(ada).add(new ChatMessage.User("My parrot is called Mopsel.")).commit();
              TurnIndex index = context.getBean(TurnIndex.class);
              index.follow(log);

              assertThat(context.getBean(Embedder.class).fingerprint()).startsWith("own-1/");
              assertThat(index.awaitVectors(60_000)).isTrue();
              assertThat(index.search(TurnFilter.in(ada), "parrot").hasCosine(0)).isTrue();
            });
  }

  @Test
  void twoEmbeddingModels_noneIsPreferred() {
    pocket()
        .withUserConfiguration(OwnEmbeddingModel.class, AnotherEmbeddingModel.class)
        .run(context -> assertThat(context).doesNotHaveBean(Embedder.class));
  }

  @Test
  void ownHistoryWithoutAFolder_starts() {
    runner
        .withConfiguration(
            AutoConfigurations.of(
                MadeleineActuatorAutoConfiguration.class,
                MadeleineModelsAutoConfiguration.class,
                MadeleineWithoutDataAutoConfiguration.class))
        .withPropertyValues("madeleine.tenant=acme")
        .withBean(TurnLog.class, () -> TurnLog.open(data.resolve("history"), Clock.systemUTC()))
        .withBean(
            TurnIndex.class,
            () -> TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty()))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context).hasSingleBean(ChatMemoryProvider.class);
              assertThat(context).hasSingleBean(MadeleineEndpoint.class);
            });
  }

  @Test
  void ownHistoryWithoutItsIndex_saysWhatIsMissingAndWhatToDo() {
    ownHistoryAlone()
        .run(
            context -> {
              Throwable failure = Objects.requireNonNull(context.getStartupFailure());
              FailureAnalysis analysis =
                  Objects.requireNonNull(new MadeleineFailureAnalyzers.NoData().analyze(failure));
              assertThat(analysis.getDescription())
                  .isEqualTo(
                      "madeleine.tenant is set, but madeleine.data is not, so the application's"
                          + " TurnLog has no TurnIndex, and nobody gets a chat memory over it");
              assertThat(analysis.getAction())
                  .contains("madeleine.data")
                  .contains("declare the bean");
            });
  }

  @Test
  void ownHistoryWithoutItsIndex_withAFolderOrAMemoryOfItsOwn_starts() {
    ownHistoryAlone()
        .withPropertyValues("madeleine.data=" + data)
        .run(context -> assertThat(context).hasSingleBean(ChatMemoryProvider.class));
    ownHistoryAlone()
        .withBean(ChatMemoryProvider.class, () -> id -> MessageWindowChatMemory.withMaxMessages(3))
        .run(context -> assertThat(context).hasNotFailed());
    ownHistoryAlone()
        .withBean(ChatMemoryStore.class, InMemoryChatMemoryStore::new)
        .run(context -> assertThat(context).hasNotFailed());
  }

  private ApplicationContextRunner ownHistoryAlone() {
    return runner
        .withConfiguration(AutoConfigurations.of(MadeleineWithoutDataAutoConfiguration.class))
        .withPropertyValues("madeleine.tenant=acme")
        .withBean(TurnLog.class, () -> TurnLog.open(data.resolve("own"), Clock.systemUTC()));
  }

  @Test
  void ownHistoryAndAModelWithoutAFolder_saysThatAFolderIsNeeded() {
    runner
        .withConfiguration(AutoConfigurations.of(MadeleineWithoutDataAutoConfiguration.class))
        .withPropertyValues("madeleine.model=pocket")
        .withBean(TurnLog.class, () -> TurnLog.open(data.resolve("history"), Clock.systemUTC()))
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessage(
                        "madeleine.model is set, but madeleine.data is not, so no model is opened"));
  }

  @Test
  void modelOrTenantWithoutData_saysThatAFolderIsNeeded() {
    runner
        .withConfiguration(AutoConfigurations.of(MadeleineWithoutDataAutoConfiguration.class))
        .withPropertyValues("madeleine.tenant=acme")
        .run(
            context -> {
              Throwable failure = Objects.requireNonNull(context.getStartupFailure());
              FailureAnalysis analysis =
                  Objects.requireNonNull(new MadeleineFailureAnalyzers.NoData().analyze(failure));
              assertThat(analysis.getDescription()).contains("madeleine.tenant");
              assertThat(analysis.getAction()).contains("madeleine.data");
            });
  }
}
