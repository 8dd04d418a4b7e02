package io.madeleine.langchain4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.internal.Json;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.TokenStream;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LangChain4j's faces of the engine, on the pocket model. */
final class MadeleineChatModelTest {

  private static final ToolSpecification WEATHER = weather("weather");
  private static final String ASK_WEATHER = "What is the weather in Oslo?";

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
  void chat_factAndQuestion_answersAndTellsWhatItCost() {
    ChatResponse response = model.chat(asking());

    assertThat(response.aiMessage().text()).contains("Zelandra");
    assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(response.modelName()).isEqualTo(pocket.name());
    assertThat(response.tokenUsage().inputTokenCount()).isPositive();
    assertThat(response.tokenUsage().outputTokenCount()).isPositive();
  }

  @Test
  void chat_samePromptAndMore_readsOnlyWhatIsNew() {
    var own = new MadeleineChatModel(ModelSettings.of(completions, pocket, new Tenant("cached")));
    var messages = new ArrayList<>(asking());
    ChatResponse first = own.chat(messages);
    messages.add(first.aiMessage());
    messages.add(UserMessage.from("Thank you."));
    var second = (MadeleineTokenUsage) own.chat(messages).tokenUsage();

    assertThat(((MadeleineTokenUsage) first.tokenUsage()).cachedInputTokenCount()).isZero();
    assertThat(second.cachedInputTokenCount())
        .isGreaterThanOrEqualTo(first.tokenUsage().inputTokenCount() - 1)
        .isLessThan(second.inputTokenCount());
    var both = (MadeleineTokenUsage) first.tokenUsage().add(second);
    assertThat(both.cachedInputTokenCount()).isEqualTo(second.cachedInputTokenCount());
    assertThat(both.inputTokenCount())
        .isEqualTo(first.tokenUsage().inputTokenCount() + second.inputTokenCount());
  }

  @Test
  void chat_fewTokens_endsByLength() {
    ChatResponse response =
        model.chat(ChatRequest.builder().messages(asking()).maxOutputTokens(2).build());

    assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(2);
  }

  @Test
  void chat_stopSequence_endsBeforeIt() {
    ChatResponse response =
        model.chat(ChatRequest.builder().messages(asking()).stopSequences(List.of("Zel")).build());

    assertThat(response.aiMessage().text()).isNotEmpty().doesNotContain("Zel");
    assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void chat_listeners_hearRequestAndResponse() {
    var heard = new ArrayList<String>();
    ChatModelListener listener =
        new ChatModelListener() {
          @Override
          public void onResponse(ChatModelResponseContext context) {
            heard.add(context.chatResponse().aiMessage().text());
          }
        };
    var listened = new MadeleineChatModel(settings.heardBy(List.of(listener)));

    assertThat(heard).isEmpty();
    String answer = listened.chat(asking()).aiMessage().text();
    assertThat(heard).containsExactly(answer);
  }

  @Test
  void chat_toolThatFits_isAskedForWithItsArgument() {
    ChatResponse response =
        model.chat(
            ChatRequest.builder()
                .messages(UserMessage.from(ASK_WEATHER))
                .toolSpecifications(WEATHER)
                .build());

    assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
    var call = response.aiMessage().toolExecutionRequests().getFirst();
    assertThat(call.name()).isEqualTo("weather");
    assertThat(call.id()).matches("[a-z0-9]{9}"); // Mistral's templates take no other
    Map<?, ?> arguments = Json.fromJson(call.arguments(), Map.class);
    assertThat(arguments.get("city")).isEqualTo("Oslo");
  }

  @Test
  void chat_toolThatNobodyOffered_isRefusedAfterOneRepair() {
    var request =
        ChatRequest.builder()
            .messages(UserMessage.from(ASK_WEATHER))
            .toolSpecifications(weather("stocks"))
            .build();

    assertThatThrownBy(() -> model.chat(request))
        .isInstanceOf(MalformedToolCallException.class)
        .hasMessageContaining("weather")
        .hasMessageContaining("twice");
    var streamed = new Handler();
    streaming.chat(request, streamed);
    assertThatThrownBy(streamed::response).hasCauseInstanceOf(MalformedToolCallException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void chat_jsonSchema_alwaysParses(long seed) {
    var drawn = new MadeleineChatModel(settings.seeded(() -> seed));
    var schema =
        JsonObjectSchema.builder()
            .addBooleanProperty("open")
            .addEnumProperty("door", List.of("front", "back"))
            .required("open", "door")
            .build();
    ChatResponse response =
        drawn.chat(
            ChatRequest.builder()
                .messages(UserMessage.from("Is the front door open?"))
                .temperature(1.5)
                .maxOutputTokens(200)
                .responseFormat(
                    ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder().name("door").rootElement(schema).build())
                        .build())
                .build());

    Map<?, ?> answer = Json.fromJson(response.aiMessage().text(), Map.class);
    assertThat(answer.get("open")).isInstanceOf(Boolean.class);
    assertThat(List.of("front", "back").contains(answer.get("door"))).isTrue();
  }

  @Test
  void chat_jsonAndTools_callsOrHasTheForm() {
    var request =
        ChatRequest.builder()
            .messages(UserMessage.from(ASK_WEATHER))
            .toolSpecifications(WEATHER)
            .responseFormat(ResponseFormat.JSON)
            .maxOutputTokens(60);
    ChatResponse called = model.chat(request.build());

    assertThat(called.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
    ChatRequest idle = request.messages(UserMessage.from("Who are you?")).temperature(1.5).build();
    List<AiMessage> answers =
        LongStream.rangeClosed(1, 12)
            .mapToObj(seed -> new MadeleineChatModel(settings.seeded(() -> seed)))
            .map(drawn -> drawn.chat(idle).aiMessage())
            .toList();
    assertThat(answers)
        .as("a call that fits the tool, or the form, whatever is drawn")
        .allMatch(answer -> answer.hasToolExecutionRequests() || answer.text().startsWith("{"))
        .anyMatch(AiMessage::hasToolExecutionRequests)
        .anyMatch(answer -> !answer.hasToolExecutionRequests());
  }

  @Test
  void chat_toolChoiceRequired_callsWhateverIsSaidAndFitsTheSchema() {
    ToolSpecification adding =
        ToolSpecification.builder()
            .name("add")
            .parameters(
                JsonObjectSchema.builder()
                    .addIntegerProperty("first")
                    .addIntegerProperty("second")
                    .required("first", "second")
                    .build())
            .build();
    ChatRequest must =
        ChatRequest.builder()
            .messages(UserMessage.from("My sister is called Zelandra."))
            .toolSpecifications(adding)
            .toolChoice(ToolChoice.REQUIRED)
            .build();

    AiMessage called = model.chat(must).aiMessage();

    assertThat(called.toolExecutionRequests()).hasSize(1);
    assertThat(called.toolExecutionRequests().getFirst().name()).isEqualTo("add");
    assertThat(called.toolExecutionRequests().getFirst().arguments())
        .matches("\\{\"first\":\\s*-?\\d+.*,\\s*\"second\":\\s*-?\\d+.*}");
  }

  @Test
  void stream_plainAnswer_piecesAddUpToTheBlockingAnswer() throws Exception {
    var streamed = new Handler();
    streaming.chat(asking(), streamed);
    ChatResponse response = streamed.response();

    assertThat(streamed.pieces).hasSizeGreaterThan(1);
    assertThat(String.join("", streamed.pieces).strip()).isEqualTo(response.aiMessage().text());
    assertThat(response.aiMessage()).isEqualTo(model.chat(asking()).aiMessage());
  }

  @Test
  void stream_toolCall_isToldOnce() throws Exception {
    var streamed = new Handler();
    streaming.chat(
        ChatRequest.builder()
            .messages(UserMessage.from(ASK_WEATHER))
            .toolSpecifications(WEATHER)
            .build(),
        streamed);

    assertThat(streamed.response().finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
    assertThat(streamed.calls).hasValue(1);
  }

  @Test
  void stream_cancelled_isNotToldAnyMoreAndFreesTheModel() throws Exception {
    var first = new CompletableFuture<PartialResponseContext>();
    var resume = new CompletableFuture<Boolean>();
    var pieces = new AtomicInteger();
    var ended = new CompletableFuture<Object>();
    streaming.chat(
        asking(),
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
            pieces.incrementAndGet();
            first.complete(context);
            resume.join();
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            ended.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            ended.complete(error);
          }
        });
    PartialResponseContext context = first.get(60, TimeUnit.SECONDS);
    context.streamingHandle().cancel();
    resume.complete(true);

    assertThat(context.streamingHandle().isCancelled()).isTrue();
    assertThat(model.chat(asking()).aiMessage().text()).contains("Zelandra");
    assertThat(pieces).hasValue(1);
    assertThat(ended).isNotDone();
  }

  @Test
  void stream_errorBeforeTheAnswer_isToldToTheHandler() {
    var streamed = new Handler();
    new Stream(settings, streamed, Optional.empty(), () -> {})
        .begin(
            () -> {
              throw new NoClassDefFoundError("a class of the model");
            });

    assertThatThrownBy(streamed::response).hasCauseInstanceOf(NoClassDefFoundError.class);
  }

  @Test
  void stream_handlerFailsWithAnError_isToldIt() {
    var told = new CompletableFuture<Throwable>();
    streaming.chat(
        asking(),
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String piece) {
            throw new AssertionError("a piece that was not expected");
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            told.completeExceptionally(new AssertionError("it was answered"));
          }

          @Override
          public void onError(Throwable error) {
            told.complete(error);
          }
        });

    assertThat(told).succeedsWithin(Duration.ofSeconds(60)).isInstanceOf(AssertionError.class);
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** Somebody who remembers and tells his answer as he writes it. */
  interface Teller {
    TokenStream tell(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  @Test
  void aiService_streamCancelled_nextQuestionDoesNotWaitForIt() {
    try (var log = TurnLog.open(data.resolve("cancelled"), Clock.systemUTC())) {
      var memories = new EpisodicChatMemoryProvider(MemorySettings.of(log, new Tenant("acme")));
      var teller =
          AiServices.builder(Teller.class)
              .streamingChatModel(streaming)
              .chatMemoryProvider(memories)
              .build();
      var cancelled = new CompletableFuture<Boolean>();
      teller
          .tell("ada", "My sister is called Zelandra.")
          .onPartialResponseWithContext(
              (piece, context) -> {
                context.streamingHandle().cancel();
                cancelled.complete(true);
              })
          .onError(error -> {})
          .start();
      assertThat(cancelled).succeedsWithin(Duration.ofSeconds(60));
      var answered = new CompletableFuture<ChatResponse>();
      teller
          .tell("ada", "What is my sister called?")
          .onCompleteResponse(answered::complete)
          .onError(answered::completeExceptionally)
          .start();

      assertThat(answered).succeedsWithin(Duration.ofSeconds(60));
      assertThat(log.turns(memories.get("ada").conversation())).hasSize(1);
    }
  }

  @Test
  void aiService_episodicMemory_knowsTheFactOfTheTurnBefore() {
    try (var log = TurnLog.open(data.resolve("log"), Clock.systemUTC())) {
      var assistant =
          AiServices.builder(Assistant.class)
              .chatModel(model)
              .chatMemoryProvider(
                  new EpisodicChatMemoryProvider(MemorySettings.of(log, new Tenant("acme"))))
              .build();

      assertThat(assistant.chat("ada", "My sister is called Zelandra.")).isNotBlank();
      assertThat(assistant.chat("ada", "What is my sister called?")).contains("Zelandra");
      assertThat(assistant.chat("bob", "What is my sister called?")).doesNotContain("Zelandra");
    }
  }

  @Test
  void aiService_anyMemory_itsIdIsTheProgramThatWaitsForTheTool() {
    var own = ModelSettings.of(completions, pocket, new Tenant("announced"));
    var waiting = new ArrayList<String>();
    var tools =
        new Object() {
          @SuppressWarnings({"unused", "EffectivelyPrivate"}) // LangChain4j calls it
          @dev.langchain4j.agent.tool.Tool("tells the weather of a city")
          public String weather(String city) {
            completions
                .pauses()
                .waiting(new Tenant("announced"))
                .forEach(pause -> waiting.add(pause.program().id()));
            return "21 degrees, sunny";
          }
        };
    AiServices.builder(Assistant.class)
        .chatModel(new MadeleineChatModel(own))
        .tools(tools)
        .chatMemoryProvider(id -> MessageWindowChatMemory.withMaxMessages(20))
        .build()
        .chat("ada", ASK_WEATHER);

    assertThat(waiting).containsExactly("ada");
  }

  private static List<ChatMessage> asking() {
    return List.of(
        UserMessage.from("My sister is called Zelandra."),
        AiMessage.from("Noted."),
        UserMessage.from("What is my sister called?"));
  }

  private static ToolSpecification weather(String name) {
    return ToolSpecification.builder()
        .name(name)
        .description("tells the weather of a city")
        .parameters(JsonObjectSchema.builder().addStringProperty("city").required("city").build())
        .build();
  }

  /** Keeps what it is told. */
  private static final class Handler implements StreamingChatResponseHandler {
    private final List<String> pieces = new ArrayList<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final CompletableFuture<ChatResponse> done = new CompletableFuture<>();

    ChatResponse response() throws Exception {
      return done.get(60, TimeUnit.SECONDS);
    }

    @Override
    public void onPartialResponse(String piece) {
      pieces.add(piece);
    }

    @Override
    public void onCompleteToolCall(dev.langchain4j.model.chat.response.CompleteToolCall call) {
      calls.incrementAndGet();
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      done.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      done.completeExceptionally(error);
    }
  }
}
