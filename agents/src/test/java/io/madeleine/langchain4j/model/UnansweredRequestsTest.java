package io.madeleine.langchain4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.TokenStream;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.langchain4j.call.Calls;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.pocket.PocketModel;
import io.madeleine.testing.model.SpokenTemplates;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests that get no answer: refused by name, or cut off inside a tool call. */
@Timeout(60)
final class UnansweredRequestsTest {

  private static final ImageContent PICTURE = ImageContent.from("aGk=", "image/png");

  @TempDir static Path data;
  private static ReadyModel pocket;
  private static Completions completions;
  private static ModelSettings settings;
  private static MadeleineChatModel model;
  private static MadeleineStreamingChatModel streaming;

  @BeforeAll
  static void open() {
    pocket =
        ReadyModel.open(
            PocketModel.installTo(data),
            Clock.systemUTC(),
            EngineOptions.defaults(),
            1 << 28,
            Long.MAX_VALUE);
    completions = new Completions(pocket, SchedulerOptions.DEFAULT, KvType.F16, 1 << 28);
    settings = ModelSettings.of(completions, pocket, new Tenant("acme"));
    model = new MadeleineChatModel(settings);
    streaming = new MadeleineStreamingChatModel(settings);
  }

  @AfterAll
  static void close() {
    completions.close();
    pocket.close();
  }

  @Test
  void chat_whatTheEngineCannotDo_isRefusedByName() {
    refused(ChatRequest.builder().frequencyPenalty(0.5), "frequencyPenalty");
    refused(ChatRequest.builder().presencePenalty(0.5), "presencePenalty");
    refused(ChatRequest.builder().modelName("gpt-9"), "gpt-9");
    refused(ChatRequest.builder().toolChoice(ToolChoice.REQUIRED), "ToolChoice.REQUIRED");
    assertThatThrownBy(() -> model.chat(UserMessage.from(PICTURE)))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining("image");
    var tooHot = asking().temperature(-1.0).build();
    assertThatThrownBy(() -> model.chat(tooHot))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("temperature");
  }

  @Test
  void chat_toolsThatTheModelWouldNotHearOf_areRefusedByName() {
    Path file = data.resolve("gemma.gguf");
    TinyModel.GROUPED
        .writer()
        .string("tokenizer.chat_template", SpokenTemplates.source("gemma3"))
        .writeTo(file);
    try (var deaf =
            ReadyModel.open(
                file, Clock.systemUTC(), new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
        var answering = new Completions(deaf, SchedulerOptions.DEFAULT, KvType.F32, 1 << 26)) {
      var gemma = new MadeleineChatModel(ModelSettings.of(answering, deaf, new Tenant("acme")));
      assertThatThrownBy(() -> gemma.chat(asking().build()))
          .isInstanceOf(UnsupportedFeatureException.class)
          .hasMessageContaining("model '" + deaf.name() + "'")
          .hasMessageContaining("offer none");
    }
  }

  private static void refused(ChatRequest.Builder request, String name) {
    ChatRequest built = request.messages(UserMessage.from("What is my sister called?")).build();
    assertThatThrownBy(() -> model.chat(built))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining(name);
  }

  /** Somebody who remembers and tells his answer as he writes it. */
  interface Teller {
    TokenStream tell(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    TokenStream look(
        @MemoryId String id,
        @dev.langchain4j.service.UserMessage String text,
        @dev.langchain4j.service.UserMessage ImageContent picture);
  }

  @Test
  void aiService_streamRefusedAtItsStart_nextQuestionDoesNotWaitForIt() {
    try (var log = TurnLog.open(data.resolve("refused"), Clock.systemUTC())) {
      var memories = new EpisodicChatMemoryProvider(patient(log));
      var teller = teller(memories);
      var answered = new CompletableFuture<ChatResponse>();
      TokenStream picture =
          teller
              .look("ada", "Who is this?", PICTURE)
              .onCompleteResponse(answered::complete)
              .onError(answered::completeExceptionally);
      assertThatThrownBy(picture::start)
          .isInstanceOf(UnsupportedFeatureException.class)
          .hasMessageContaining("image");
      assertThat(answered).isNotDone();

      assertThat(answer(teller.tell("ada", "My sister is called Zelandra.")))
          .succeedsWithin(Duration.ofSeconds(50));
      assertThat(log.turns(memories.get("ada").conversation())).hasSize(1);
    }
  }

  /** LangChain4j says of no error that it ignores that the call is over. */
  @Test
  void aiService_streamThatFailsLateAndIgnoresErrors_nextQuestionDoesNotWaitForIt() {
    try (var log = TurnLog.open(data.resolve("ignored"), Clock.systemUTC())) {
      var memories = new EpisodicChatMemoryProvider(patient(log));
      var teller = teller(memories);
      String tooLong = "My sister is called Zelandra. ".repeat(pocket.contextLength());
      teller.tell("ada", tooLong).onCompleteResponse(response -> {}).ignoreErrors().start();

      assertThat(answer(teller.tell("ada", "My sister is called Zelandra.")))
          .succeedsWithin(Duration.ofSeconds(50));
      assertThat(log.turns(memories.get("ada").conversation())).hasSize(1);
    }
  }

  /** As a question that is too long, but that its turn has what its tools answered. */
  @Test
  void aiService_toolThatReturnsTooMuchAndIgnoredErrors_turnIsNeitherShownNorLogged() {
    try (var log = TurnLog.open(data.resolve("too-much"), Clock.systemUTC())) {
      var memories = new EpisodicChatMemoryProvider(patient(log));
      var returned = new AtomicInteger();
      var looking =
          AiServices.builder(Teller.class)
              .streamingChatModel(new MadeleineStreamingChatModel(settings.seeded(() -> 1)))
              .chatMemoryProvider(memories)
              .tools(Map.of(weather(), (request, id) -> tooMuch(returned)))
              .build();
      looking
          .tell("ada", "What is the weather in Oslo?")
          .onCompleteResponse(response -> {})
          .ignoreErrors()
          .start();

      assertThat(answer(teller(memories).tell("ada", "My sister is called Zelandra.")))
          .succeedsWithin(Duration.ofSeconds(50));
      assertThat(returned).hasValue(1);
      assertThat(log.turns(memories.get("ada").conversation()))
          .singleElement()
          .satisfies(turn -> assertThat(turn.messages()).hasSize(2));
    }
  }

  private static String tooMuch(AtomicInteger returned) {
    returned.incrementAndGet();
    return "rain ".repeat(pocket.contextLength());
  }

  /** The service gives up at the first call of a tool, in the thread that tells it the answer. */
  @Test
  void aiService_thatFailsItselfAndIgnoresErrors_nextQuestionDoesNotWaitForIt() {
    try (var log = TurnLog.open(data.resolve("given-up"), Clock.systemUTC())) {
      var memories = new EpisodicChatMemoryProvider(patient(log));
      var looking =
          AiServices.builder(Teller.class)
              .streamingChatModel(new MadeleineStreamingChatModel(settings.seeded(() -> 1)))
              .chatMemoryProvider(memories)
              .tools(Map.of(weather(), (request, id) -> "rain"))
              .maxToolCallingRoundTrips(0)
              .build();
      looking
          .tell("ada", "What is the weather in Oslo?")
          .onCompleteResponse(response -> {})
          .ignoreErrors()
          .start();

      assertThat(answer(teller(memories).tell("ada", "My sister is called Zelandra.")))
          .succeedsWithin(Duration.ofSeconds(50));
      assertThat(log.turns(memories.get("ada").conversation())).hasSize(1);
    }
  }

  @Test
  void aiService_guardrailThrowsAndErrorsAreIgnored_itsCallIsOver() {
    var over = new CompletableFuture<Boolean>();
    try (var log = TurnLog.open(data.resolve("thrown"), Clock.systemUTC())) {
      AiServices.builder(Teller.class)
          .streamingChatModel(streaming)
          .chatMemoryProvider(new EpisodicChatMemoryProvider(patient(log)))
          .outputGuardrails(
              new OutputGuardrail() {
                @Override
                public OutputGuardrailResult validate(AiMessage answer) {
                  Calls.here().orElseThrow().hold((call, failed) -> over.complete(failed));
                  throw new IllegalStateException("not today");
                }
              })
          .build()
          .tell("ada", "My sister is called Zelandra.")
          .onCompleteResponse(response -> {})
          .ignoreErrors()
          .start();

      assertThat(over).succeedsWithin(Duration.ofSeconds(50)).isEqualTo(true);
    }
  }

  @Test
  void aiService_anotherModelAnswersWhereOursCannot_turnIsKept() {
    try (var log = TurnLog.open(data.resolve("instead"), Clock.systemUTC())) {
      var memories = new EpisodicChatMemoryProvider(patient(log));
      var teller =
          AiServices.builder(Teller.class)
              .streamingChatModel(new WithAnother(streaming))
              .chatMemoryProvider(memories)
              .build();
      String tooLong = "My sister is called Zelandra. ".repeat(pocket.contextLength());

      assertThat(answer(teller.tell("ada", tooLong))).succeedsWithin(Duration.ofSeconds(50));
      assertThat(answer(teller.look("ada", "What is this?", PICTURE)))
          .succeedsWithin(Duration.ofSeconds(50));
      assertThat(log.turns(memories.get("ada").conversation()))
          .hasSize(2)
          .allSatisfy(
              turn ->
                  assertThat(turn.messages().getLast().body().text())
                      .isEqualTo(WithAnother.ITS_ANSWER));
    }
  }

  /** Asks a model, and another where that cannot answer. */
  private record WithAnother(StreamingChatModel first) implements StreamingChatModel {
    static final String ITS_ANSWER = "I do not know.";

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
      try {
        first.chat(request, orAnother(handler));
      } catch (UnsupportedFeatureException e) {
        answer(handler);
      }
    }

    private static StreamingChatResponseHandler orAnother(StreamingChatResponseHandler handler) {
      return new StreamingChatResponseHandler() {
        @Override
        public void onCompleteResponse(ChatResponse response) {
          handler.onCompleteResponse(response);
        }

        @Override
        public void onError(Throwable error) {
          answer(handler);
        }
      };
    }

    private static void answer(StreamingChatResponseHandler handler) {
      handler.onCompleteResponse(
          ChatResponse.builder().aiMessage(AiMessage.from(ITS_ANSWER)).build());
    }
  }

  /** {@return settings under which a test fails that waits for another's turn} */
  private static MemorySettings patient(TurnLog log) {
    return MemorySettings.of(log, new Tenant("acme")).with(Duration.ofDays(1));
  }

  private static Teller teller(EpisodicChatMemoryProvider memories) {
    return AiServices.builder(Teller.class)
        .streamingChatModel(streaming)
        .chatMemoryProvider(memories)
        .build();
  }

  private static CompletableFuture<ChatResponse> answer(TokenStream stream) {
    var answered = new CompletableFuture<ChatResponse>();
    stream.onCompleteResponse(answered::complete).onError(answered::completeExceptionally).start();
    return answered;
  }

  @Test
  void stream_cancelledOrRefused_listenersHearOfItOnce() {
    var heard = new CopyOnWriteArrayList<String>();
    ChatModelListener listener =
        new ChatModelListener() {
          @Override
          public void onRequest(ChatModelRequestContext context) {
            context.attributes().put("of", "this request");
            heard.add("request");
          }

          @Override
          public void onResponse(ChatModelResponseContext context) {
            heard.add("response");
          }

          @Override
          public void onError(ChatModelErrorContext context) {
            heard.add(
                context.error().getClass().getSimpleName() + " " + context.attributes().get("of"));
          }
        };
    var heardModel = new MadeleineStreamingChatModel(settings.heardBy(List.of(listener)));
    var cancelled = new CompletableFuture<StreamingHandle>();
    heardModel.chat("My sister is called Zelandra.", cancelling(cancelled));
    StreamingHandle handle = cancelled.orTimeout(50, TimeUnit.SECONDS).join();
    handle.cancel();
    ChatRequest picture = ChatRequest.builder().messages(UserMessage.from(PICTURE)).build();
    assertThatThrownBy(() -> heardModel.chat(picture, cancelling(cancelled)))
        .isInstanceOf(UnsupportedFeatureException.class);

    assertThat(heard)
        .containsExactly(
            "request",
            "CancellationException this request",
            "request",
            "UnsupportedFeatureException this request");
  }

  /** {@return who stops an answer at its first words} */
  private static StreamingChatResponseHandler cancelling(CompletableFuture<StreamingHandle> done) {
    return new StreamingChatResponseHandler() {
      @Override
      public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
        context.streamingHandle().cancel();
        done.complete(context.streamingHandle());
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
  void chat_toolCallThatReachesTheMostTokens_namesThemAndIsNotAskedForAgain() {
    var attempts = new AtomicInteger();
    var counted = new MadeleineChatModel(settings.seeded(attempts::incrementAndGet));
    assertThat(counted.chat(asking().build()).aiMessage().hasToolExecutionRequests()).isTrue();
    attempts.set(0);

    assertThatThrownBy(() -> counted.chat(asking().maxOutputTokens(2).build()))
        .isInstanceOf(MalformedToolCallException.class)
        .hasMessageContaining("which were 2")
        .hasMessageContaining("raise maxOutputTokens");
    assertThat(attempts).hasValue(1);
  }

  @Test
  void stream_toolCallThatReachesTheMostTokens_isToldToTheHandler() {
    var attempts = new AtomicInteger();
    var counted = new MadeleineStreamingChatModel(settings.seeded(attempts::incrementAndGet));

    assertThat(failure(counted, asking().maxOutputTokens(2).build()))
        .isInstanceOf(MalformedToolCallException.class)
        .hasMessageContaining("maxOutputTokens");
    assertThat(attempts).hasValue(1);
  }

  /** {@return what its handler is told} */
  private static Throwable failure(MadeleineStreamingChatModel asked, ChatRequest request) {
    var told = new CompletableFuture<Throwable>();
    asked.chat(
        request,
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String piece) {}

          @Override
          public void onCompleteResponse(ChatResponse response) {
            told.completeExceptionally(new AssertionError("it was answered"));
          }

          @Override
          public void onError(Throwable error) {
            told.complete(error);
          }
        });
    return told.orTimeout(50, TimeUnit.SECONDS).join();
  }

  @Test
  void chat_schemaThatTurnsOutTooAmbiguous_isRefusedAsOneThatIsSeenAtOnce() {
    assertThatThrownBy(() -> model.chat(ambiguous()))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining("responseFormat: ")
        .hasMessageContaining("too ambiguous");
    assertThat(failure(streaming, ambiguous())).isInstanceOf(UnsupportedFeatureException.class);
  }

  private static ChatRequest ambiguous() {
    String alike = String.join(",", Collections.nCopies(3_000, "{\"type\":\"string\"}"));
    var schema =
        JsonRawSchema.from(
            """
            {"type":"object","properties":{"code":{"anyOf":[%s]}},"required":["code"]}
            """
                .formatted(alike));
    return ChatRequest.builder()
        .messages(UserMessage.from("What is my sister called?"))
        .responseFormat(
            ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder().name("code").rootElement(schema).build())
                .build())
        .build();
  }

  private static ChatRequest.Builder asking() {
    return ChatRequest.builder()
        .messages(UserMessage.from("What is the weather in Oslo?"))
        .toolSpecifications(weather());
  }

  private static ToolSpecification weather() {
    return ToolSpecification.builder()
        .name("weather")
        .description("tells the weather of a city")
        .parameters(JsonObjectSchema.builder().addStringProperty("city").required("city").build())
        .build();
  }
}
