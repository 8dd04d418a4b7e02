package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailRequest;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.AugmentationResult;
import dev.langchain4j.rag.RetrievalAugmentor;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.injector.DefaultContentInjector;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.TokenStream;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.langchain4j.retrieval.EpisodicRetrievalAugmentor;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An output guardrail that does not like an answer has the model asked again, with what the memory
 * shows by then: the answer is in the log, and the model needs all that it was asked with.
 */
final class GuardrailsAskAgainTest {

  private static final ConversationKey KEY = new ConversationKey(new Tenant("acme"), "a");
  private static final String EXCERPT = "| user: The parrot Gustav came in May.";
  private static final String DOCUMENT = "Parrots are brought on the second of a month.";
  private static final String FORMAT = "You must answer strictly";
  private static final String QUESTION = "When did my parrot come?";
  private static final String POOR = "In spring.";
  private static final String REPROMPT = "Try harder.";
  private static final Recollection PAST =
      (conversation, asked) -> "<recalled_memory>\n" + EXCERPT + "\n</recalled_memory>";

  @TempDir Path directory;
  private TurnLog log;

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
  }

  @AfterEach
  void close() {
    log.close();
  }

  /** {@code store} is LangChain4j's own default; without it the memory is given the question. */
  @ParameterizedTest
  @CsvSource({
    "MEMORY,true,true",
    "MEMORY,true,false",
    "MEMORY,false,true",
    "MEMORY,false,false",
    "STORE,true,true",
    "STORE,true,false",
    "STORE,false,true",
    "STORE,false,false"
  })
  void askedAgain_withAllThatWasAskedFirst(Kept kept, boolean store, boolean reprompt) {
    ChatMemory memory = kept.memory(log, KEY);
    memory.add(UserMessage.from("Hello."), AiMessage.from("Hello!"));
    var model = new ScriptedModel(AiMessage.from(POOR), AiMessage.from("2026-05-02"));
    Assistant assistant =
        service(memory, new Likes(reprompt, () -> {}))
            .chatModel(model)
            .retrievalAugmentor(new WithDocuments())
            .storeRetrievedContentInChatMemory(store)
            .build();
    assertThat(assistant.when("a", QUESTION)).isEqualTo(LocalDate.of(2026, 5, 2));

    assertAskedTwice(model.seen(), reprompt);
    assertThat(question(model.seen())).contains(EXCERPT, DOCUMENT, FORMAT);
    assertIsLogged("2026-05-02");
    assertThat(memory.messages())
        .containsExactly(
            UserMessage.from("Hello."),
            AiMessage.from("Hello!"),
            UserMessage.from(QUESTION),
            AiMessage.from("2026-05-02"));
  }

  @Test
  void windowWithoutRoom_theQuestionAndItsAnswerAreShownAllTheSame() {
    MemorySettings settings = MemorySettings.of(log, KEY.tenant()).with(new Window.Turns(0));
    ChatMemory memory = new EpisodicChatMemoryProvider(settings).get(KEY.id());
    memory.add(UserMessage.from("Hello."), AiMessage.from("Hello!"));
    var model = new ScriptedModel(AiMessage.from(POOR), AiMessage.from("In May."));
    service(memory, new Likes(true, () -> {})).chatModel(model).build().chat("a", QUESTION);

    assertThat(model.seen().getLast())
        .containsExactly(
            UserMessage.from(QUESTION), AiMessage.from(POOR), UserMessage.from(REPROMPT));
    assertThat(memory.messages()).isEmpty();
  }

  /** Nobody put anything before the question but the memory itself, which a tool's round reads. */
  @Test
  void memoryThatRecallsByItself_whatTheToolsRoundReadIsReadAgain() {
    MemorySettings settings = MemorySettings.of(log, KEY.tenant()).with(PAST);
    ChatMemory memory = new EpisodicChatMemoryProvider(settings).get(KEY.id());
    var model =
        new ScriptedModel(
            ScriptedModel.call("calendar"), AiMessage.from(POOR), AiMessage.from("In May."));
    service(memory, new Likes(true, () -> {}))
        .chatModel(model)
        .tools(new Calendars())
        .build()
        .chat("a", QUESTION);

    assertAskedTwice(model.seen().subList(1, 3), true);
    assertThat(question(model.seen())).contains(EXCERPT);
    assertIsLogged("In May.");
  }

  @ParameterizedTest
  @EnumSource
  void stream_askedAgain_withAllThatWasAskedFirst(Kept kept) {
    var model = new ScriptedModel(AiMessage.from(POOR), AiMessage.from("In May."));
    Assistant assistant =
        service(kept.memory(log, KEY), new Likes(true, () -> {}))
            .streamingChatModel(new AtOnce(model))
            .retrievalAugmentor(new WithDocuments())
            .build();
    var answered = new CompletableFuture<ChatResponse>();
    assistant
        .tell("a", QUESTION)
        .onCompleteResponse(answered::complete)
        .onError(answered::completeExceptionally)
        .start();

    assertThat(answered.join().aiMessage().text()).isEqualTo("In May.");
    assertAskedTwice(model.seen(), true);
    assertThat(question(model.seen())).contains(EXCERPT, DOCUMENT);
    assertIsLogged("In May.");
  }

  @ParameterizedTest
  @EnumSource
  void anotherTurnCameInBetween_theQuestionIsStillAsItWasAsked(Kept kept) {
    ChatMemory memory = kept.memory(log, KEY);
    Runnable another =
        () ->
            elsewhere(() -> memory.add(UserMessage.from("Thanks."), AiMessage.from("Not at all.")));
    var model = new ScriptedModel(AiMessage.from(POOR), AiMessage.from("In May."));
    service(memory, new Likes(true, another))
        .chatModel(model)
        .retrievalAugmentor(new WithDocuments())
        .build()
        .chat("a", QUESTION);

    List<ChatMessage> again = model.seen().getLast();
    assertThat(again).hasSize(5).endsWith(UserMessage.from(REPROMPT));
    assertThat(again).contains(UserMessage.from("Thanks."));
    assertThat(again)
        .filteredOn(message -> Messages.words(message).contains(QUESTION))
        .singleElement()
        .satisfies(question -> assertThat(Messages.words(question)).contains(EXCERPT, DOCUMENT));
    assertIsLogged("In May.");
  }

  @ParameterizedTest
  @EnumSource
  void guardrailSetsAnotherHistory_thatIsWhatIsAskedAbout(Kept kept) {
    ChatMemory memory = kept.memory(log, KEY);
    Runnable replaced =
        () -> memory.set(UserMessage.from("In short?"), AiMessage.from("A parrot came."));
    var model = new ScriptedModel(AiMessage.from(POOR), AiMessage.from("In May."));
    service(memory, new Likes(true, replaced))
        .chatModel(model)
        .retrievalAugmentor(new WithDocuments())
        .build()
        .chat("a", QUESTION);

    assertThat(model.seen().getLast())
        .containsExactly(
            UserMessage.from("In short?"),
            AiMessage.from("A parrot came."),
            UserMessage.from(REPROMPT));
  }

  private static void elsewhere(Runnable action) {
    try {
      Thread.ofVirtual().start(action).join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The second request is the first one, its answer, and what the guardrail said to it. */
  private static void assertAskedTwice(List<List<ChatMessage>> seen, boolean reprompt) {
    assertThat(seen).hasSize(2);
    List<ChatMessage> first = seen.getFirst();
    List<ChatMessage> second = seen.getLast();
    assertThat(words(second).subList(0, first.size())).isEqualTo(words(first));
    List<ChatMessage> more = second.subList(first.size(), second.size());
    assertThat(more).startsWith(AiMessage.from(POOR)).hasSize(reprompt ? 2 : 1);
    if (reprompt) {
      assertThat(more).endsWith(UserMessage.from(REPROMPT));
    }
  }

  private static List<String> words(List<ChatMessage> messages) {
    return messages.stream().map(Messages::words).toList();
  }

  /** {@return the question of the last request as the model read it} */
  private static String question(List<List<ChatMessage>> seen) {
    return words(seen.getLast()).stream()
        .filter(text -> text.contains(QUESTION))
        .findFirst()
        .orElse("");
  }

  /** One turn of the question, as said, with that answer and no other. */
  private void assertIsLogged(String answer) {
    assertThat(log.turns(KEY))
        .filteredOn(turn -> turn.messages().getFirst().body().text().contains(QUESTION))
        .singleElement()
        .satisfies(
            turn -> {
              LoggedMessage question = turn.messages().getFirst();
              assertThat(question.body().text()).isEqualTo(QUESTION);
              assertThat(question.attributes()).isEmpty();
              assertThat(turn.messages().getLast().body().text()).isEqualTo(answer);
            });
    assertThat(log.turns(KEY))
        .flatExtracting(turn -> turn.messages().stream().map(said -> said.body().text()).toList())
        .doesNotContain(POOR);
  }

  private static AiServices<Assistant> service(ChatMemory memory, OutputGuardrail guardrail) {
    return AiServices.builder(Assistant.class)
        .chatMemoryProvider(id -> memory)
        .outputGuardrails(guardrail);
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    LocalDate when(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    TokenStream tell(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** What the assistant can look at. */
  static final class Calendars {
    @Tool
    String calendar() {
      return "It is May.";
    }
  }

  /** Asks once more for what is poor, by a reprompt or a plain retry, when something happened. */
  private record Likes(boolean reprompts, Runnable first) implements OutputGuardrail {
    @Override
    public OutputGuardrailResult validate(OutputGuardrailRequest request) {
      if (!POOR.equals(request.responseFromLLM().aiMessage().text())) {
        return success();
      }
      first.run();
      return reprompts ? reprompt("poor", REPROMPT) : retry("poor");
    }
  }

  /** What was recalled, and a document beside it as LangChain4j's retrievers bring it. */
  private static final class WithDocuments implements RetrievalAugmentor {
    @Override
    public AugmentationResult augment(AugmentationRequest request) {
      var recalled = new EpisodicRetrievalAugmentor(KEY.tenant(), PAST).augment(request);
      List<Content> documents = List.of(Content.from(DOCUMENT));
      return new AugmentationResult(
          new DefaultContentInjector().inject(documents, recalled.chatMessage()), documents);
    }
  }

  /** Tells an answer as soon as it is asked. */
  private record AtOnce(ScriptedModel model) implements StreamingChatModel {
    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
      handler.onCompleteResponse(model.doChat(request));
    }
  }
}
