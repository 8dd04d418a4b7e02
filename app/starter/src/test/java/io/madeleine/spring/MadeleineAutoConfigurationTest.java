package io.madeleine.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.conversation.mind.MindOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.model.MadeleineChatModel;
import io.madeleine.langchain4j.model.MadeleineTokenUsage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.history.UnfinishedErasureException;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.spring.metrics.AnswerObservations;
import io.madeleine.spring.metrics.MadeleineMetricsAutoConfiguration;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

final class MadeleineAutoConfigurationTest {

  @TempDir Path data;

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  MadeleineAutoConfiguration.class,
                  MadeleineMemoryAutoConfiguration.class,
                  MadeleineMetricsAutoConfiguration.class,
                  MadeleineModelsAutoConfiguration.class,
                  MadeleineActuatorAutoConfiguration.class));

  @Test
  void noProperty_nothingIsConfigured() {
    runner.run(context -> assertThat(context).doesNotHaveBean(TurnLog.class));
  }

  @Test
  void data_blank_isNotSetAndNotTheWorkingDirectory() {
    for (String blank : List.of("", "  ")) {
      runner
          .withPropertyValues("madeleine.data=" + blank)
          .run(
              context ->
                  assertThat(context)
                      .getFailure()
                      .rootCause()
                      .hasMessage("madeleine.data is not set"));
    }
  }

  @Test
  void dataAndTenant_giveAChatMemoryWithoutAnyModel() {
    runner
        .withPropertyValues("madeleine.data=" + data, "madeleine.tenant=acme")
        .run(
            context -> {
              assertThat(context).hasSingleBean(EpisodicChatMemoryProvider.class);
              assertThat(context).doesNotHaveBean(ReadyModel.class);
              assertThat(context.getBean(ChatMemoryProvider.class).get("ada").messages()).isEmpty();
              assertThat(context.getBean(MadeleineEndpoint.class).tenants()).isEmpty();
            });
  }

  @Test
  void ownChatMemoryProvider_ourBacksOff() {
    runner
        .withPropertyValues("madeleine.data=" + data, "madeleine.tenant=acme")
        .withBean(ChatMemoryProvider.class, () -> id -> MessageWindowChatMemory.withMaxMessages(3))
        .run(
            context -> {
              assertThat(context).hasSingleBean(ChatMemoryProvider.class);
              assertThat(context).doesNotHaveBean(EpisodicChatMemoryProvider.class);
            });
  }

  @Test
  void modelIsPocket_conversationsAreThere() {
    runner
        .withPropertyValues(
            "madeleine.data=" + data,
            "madeleine.model=pocket",
            "madeleine.engine.warm-up=false",
            "madeleine.engine.context-tokens=300",
            "madeleine.kv.memory=64MB")
        .run(
            context -> {
              assertThat(context.getBean(ReadyModel.class).contextLength()).isEqualTo(300);
              assertThat(context).hasSingleBean(EpisodicConversations.class);
              assertThat(context).hasSingleBean(Completions.class);
              assertThat(context)
                  .as("without a tenant nobody knows whose requests they are")
                  .doesNotHaveBean(ChatModel.class);
            });
  }

  @Test
  void threeProperties_giveModelsThatAreMeasuredWithoutATraceOfWhoAsked() {
    var meters = new SimpleMeterRegistry();
    var observations = ObservationRegistry.create();
    observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
    pocket()
        .withBean(MeterRegistry.class, () -> meters)
        .withBean(ObservationRegistry.class, () -> observations)
        .run(
            context -> {
              assertThat(context).hasSingleBean(StreamingChatModel.class);
              context
                  .getBeansOfType(MeterBinder.class)
                  .values()
                  .forEach(each -> each.bindTo(meters));
              String answer =
                  context.getBean(ChatModel.class).chat("My sister is called Zelandra.");

              assertThat(answer).isNotBlank();
              assertThat(meters.get(AnswerObservations.DURATION).timer().count()).isOne();
              assertThat(
                      meters
                          .get(AnswerObservations.TOKENS)
                          .tag("gen_ai.token.type", "input")
                          .summary()
                          .totalAmount())
                  .isGreaterThan(5);
              assertThat(meters.get("madeleine.completions.tokens").functionCounter().count())
                  .isPositive();
              assertThat(meters.get("madeleine.kv.memory").gauge().value()).isNotNegative();
              assertThat(meters.getMeters())
                  .flatExtracting((Meter meter) -> meter.getId().getTags())
                  .extracting(Tag::getValue)
                  .doesNotContain("acme", "Zelandra");
            });
  }

  @Test
  void streamsThatAreCancelledOrRefused_areFailuresAndNothingRuns() {
    var meters = new SimpleMeterRegistry();
    var observations = ObservationRegistry.create();
    observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
    pocket()
        .withBean(MeterRegistry.class, () -> meters)
        .withBean(ObservationRegistry.class, () -> observations)
        .run(
            context -> {
              StreamingChatModel model = context.getBean(StreamingChatModel.class);
              var cancelled = new CompletableFuture<Boolean>();
              model.chat("My sister is called Zelandra.", cancelling(cancelled));
              assertThat(cancelled).succeedsWithin(Duration.ofSeconds(60));
              ChatRequest picture =
                  ChatRequest.builder()
                      .messages(UserMessage.from(ImageContent.from("aGk=", "image/png")))
                      .build();
              assertThatThrownBy(() -> model.chat(picture, cancelling(cancelled)))
                  .isInstanceOf(UnsupportedFeatureException.class);

              String duration = AnswerObservations.DURATION;
              assertThat(meters.get(duration + ".active").longTaskTimers())
                  .allMatch(each -> each.activeTasks() == 0);
              assertThat(meters.get(duration).timers())
                  .extracting(each -> each.getId().getTag("error.type"))
                  .containsExactlyInAnyOrder(
                      "CancellationException", "UnsupportedFeatureException");
            });
  }

  /** {@return who stops an answer at its first words, and says so when he has} */
  private static StreamingChatResponseHandler cancelling(CompletableFuture<Boolean> done) {
    return new StreamingChatResponseHandler() {
      @Override
      public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
        context.streamingHandle().cancel();
        done.complete(true);
      }

      @Override
      public void onCompleteResponse(ChatResponse response) {
        done.completeExceptionally(new AssertionError("it was answered"));
      }

      @Override
      public void onError(Throwable error) {
        done.completeExceptionally(error);
      }
    };
  }

  @Test
  void ownChatModel_oursBackOffAndItIsMeasuredIfItListens() {
    pocket()
        .withBean(ChatModel.class, () -> echo())
        .run(
            context -> {
              assertThat(context).hasSingleBean(ChatModel.class);
              assertThat(context.getBean(ChatModel.class).chat("one")).isEqualTo("1 messages");
            });
  }

  private static ChatModel echo() {
    return new ChatModel() {
      @Override
      public ChatResponse doChat(ChatRequest request) {
        return ChatResponse.builder()
            .aiMessage(AiMessage.from(request.messages().size() + " messages"))
            .build();
      }
    };
  }

  @Test
  void endpoint_deleting_isOffUnlessAllowed() {
    pocket()
        .run(
            context -> {
              MadeleineEndpoint endpoint = context.getBean(MadeleineEndpoint.class);
              assertThatThrownBy(() -> endpoint.forget("acme", "ada"))
                  .hasMessageContaining("deleting is off");
              assertThat(endpoint.mind("acme", "nobody")).isNull();
            });
    pocket()
        .withPropertyValues("madeleine.endpoint.delete=true")
        .run(
            context -> {
              TurnLog log = context.getBean(TurnLog.class);
              ConversationKey key = ConversationKey.of("acme", "ada");
              log.begin(key).add(new ChatMessage.User("I have a parrot.")).commit();
              MadeleineEndpoint endpoint = context.getBean(MadeleineEndpoint.class);
              assertThat(endpoint.conversations("acme"))
                  .containsExactly(new MadeleineEndpoint.ConversationView("ada", 1));
              assertThat(Objects.requireNonNull(endpoint.mind("acme", "ada")).tokens())
                  .isPositive();
              assertThat(endpoint.forget("acme", "ada").turns()).isOne();
              assertThat(endpoint.tenants()).isEmpty();
            });
  }

  @Test
  void endpoint_deleting_forgetsTheKeysAndValuesOfAnswersToo() {
    pocket()
        .withPropertyValues("madeleine.endpoint.delete=true")
        .run(
            context -> {
              ChatModel ada = context.getBean(MadeleineChatModel.class).forConversation("ada");
              Completions completions = context.getBean(Completions.class);
              ConversationKey key = ConversationKey.of("acme", "ada");
              assertThat(cached(ada)).isZero();
              assertThat(cached(ada)).as("the same again").isPositive();
              assertThat(completions.isResident(key)).isTrue();

              context.getBean(MadeleineEndpoint.class).forget("acme", "ada");

              assertThat(completions.isResident(key)).isFalse();
              assertThat(cached(ada)).as("the same again, forgotten").isZero();
            });
  }

  /** {@return how many tokens of one and the same prompt needed no reading} */
  private static int cached(ChatModel model) {
    ChatRequest secret =
        ChatRequest.builder()
            .messages(
                UserMessage.from(
                    "My sister is called Zelandra. She lives in Quillport and works as a"
                        + " beekeeper. The garage code is 4821."))
            .build();
    return ((MadeleineTokenUsage) model.chat(secret).tokenUsage()).cachedInputTokenCount();
  }

  @Test
  void endpoint_deletingWithoutAnEngine_forgetsInTheIndexAtOnce() {
    runner
        .withPropertyValues("madeleine.data=" + data, "madeleine.endpoint.delete=true")
        .run(
            context -> {
              ConversationKey key = ConversationKey.of("acme", "ada");
              TurnLog log = context.getBean(TurnLog.class);
              TurnIndex index = context.getBean(TurnIndex.class);
              log.begin(key).add(new ChatMessage.User("I have a parrot.")).commit();
              index.follow(log);
              assertThat(index.search(TurnFilter.in(key), "parrot").size()).isOne();

              context.getBean(MadeleineEndpoint.class).forget("acme", "ada");

              assertThat(index.search(TurnFilter.in(key), "parrot").size()).isZero();
            });
  }

  @Test
  void endpoint_deletingWithoutRoomForTheCopy_forgetsInTheIndexAllTheSame() {
    runner
        .withPropertyValues("madeleine.data=" + data, "madeleine.endpoint.delete=true")
        .run(
            context -> {
              ConversationKey key = ConversationKey.of("acme", "ada");
              TurnLog log = context.getBean(TurnLog.class);
              TurnIndex index = context.getBean(TurnIndex.class);
              log.begin(key).add(new ChatMessage.User("I have a parrot.")).commit();
              index.follow(log);
              // A directory where the file's copy would be written.
              Files.createDirectories(data.resolve("history").resolve("turns-00000001.log.new"));
              MadeleineEndpoint endpoint = context.getBean(MadeleineEndpoint.class);

              assertThatThrownBy(() -> endpoint.forget("acme", "ada"))
                  .isInstanceOf(UnfinishedErasureException.class);
              assertThat(index.search(TurnFilter.in(key), "parrot").size()).isZero();
            });
  }

  private ApplicationContextRunner pocket() {
    return runner.withPropertyValues(
        "madeleine.data=" + data,
        "madeleine.tenant=acme",
        "madeleine.model=pocket",
        "madeleine.engine.warm-up=false",
        "madeleine.kv.memory=64MB");
  }

  @Test
  void kvMemory_inWhichNoQuestionHasRoom_isRefusedAtTheStart() {
    for (String memory : List.of("0", "512", "1KB", "1MB")) {
      pocket()
          .withPropertyValues("madeleine.kv.memory=" + memory)
          .run(
              context -> {
                Throwable failure = Objects.requireNonNull(context.getStartupFailure());
                FailureAnalysis analysis =
                    Objects.requireNonNull(
                        new MadeleineFailureAnalyzers.TooLittleMemory().analyze(failure));
                assertThat(analysis.getDescription())
                    .contains("madeleine.kv.memory is ")
                    .contains("every conversation with model 'Madeleine pocket' would be refused");
                assertThat(analysis.getAction())
                    .startsWith("Set madeleine.kv.memory to 2MB or more");
              });
    }
  }

  @Test
  void kvMemory_asMuchAsTheRefusalAsksFor_isEnoughForAQuestion() {
    pocket()
        .withPropertyValues("madeleine.kv.memory=2MB")
        .run(
            context -> {
              ConversationKey ada = ConversationKey.of("acme", "ada");
              EpisodicConversations conversations = context.getBean(EpisodicConversations.class);
              assertThat(conversations.conversation(ada).say("Who am I?").answer().text())
                  .isNotBlank();
              assertThat(context.getBean(ChatModel.class).chat("Who am I?")).isNotBlank();
            });
  }

  /** Conversations of the application's own take nothing of what the starter shares out. */
  @Test
  void kvMemory_tooLittleForConversationsThatTheStarterDoesNotMake_isEnoughForAnAnswer() {
    pocket()
        .withPropertyValues("madeleine.kv.memory=1MB")
        .withUserConfiguration(OwnConversations.class)
        .run(
            context -> assertThat(context.getBean(ChatModel.class).chat("Who am I?")).isNotBlank());
  }

  @Test
  void kvMemory_inWhichNoAnswerHasRoom_isRefusedAtTheStart() {
    pocket()
        .withPropertyValues("madeleine.kv.memory=1KB")
        .withUserConfiguration(OwnConversations.class)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining(
                        "every answer from messages with model 'Madeleine pocket' would be"
                            + " refused"));
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnConversations {
    @Bean
    EpisodicConversations own(
        ReadyModel model, TurnLog log, TurnIndex index, MadeleineProperties properties) {
      Path folder = Objects.requireNonNull(properties.folder()).resolve("own");
      return new EpisodicConversations(
          model, log, index, folder, MindOptions.DEFAULT, Clock.systemUTC());
    }
  }

  @Test
  void modelIsMissing_failureSaysWhatToSet() {
    runner
        .withPropertyValues("madeleine.data=" + data, "madeleine.model=/nowhere.gguf")
        .run(
            context -> {
              assertThat(context).hasFailed();
              Throwable failure = Objects.requireNonNull(context.getStartupFailure());
              FailureAnalysis analysis =
                  Objects.requireNonNull(new MadeleineFailureAnalyzers.NoModel().analyze(failure));
              assertThat(analysis.getDescription()).contains("/nowhere.gguf");
              assertThat(analysis.getAction()).contains("madeleine.model");
            });
  }

  @Test
  void twoApplicationsOnOneFolder_theSecondIsRefused() {
    runner
        .withPropertyValues("madeleine.data=" + data)
        .run(
            first ->
                runner
                    .withPropertyValues("madeleine.data=" + data)
                    .run(second -> assertThat(second).hasFailed()));
  }
}
