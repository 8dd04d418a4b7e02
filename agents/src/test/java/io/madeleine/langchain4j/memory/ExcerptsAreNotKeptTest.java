package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.InputGuardrail;
import dev.langchain4j.guardrail.InputGuardrailResult;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.langchain4j.retrieval.EpisodicRetrievalAugmentor;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is recalled for a question is read by the model, and is no part of what the user said. */
final class ExcerptsAreNotKeptTest {

  private static final ConversationKey KEY = new ConversationKey(new Tenant("acme"), "a");
  private static final String OPEN = "<recalled_memory>";
  private static final Recollection PAST =
      (conversation, asked) -> OPEN + "\n| user: My parrot is called Gustav.\n</recalled_memory>";

  private static final UserMessage QUESTION = UserMessage.from("What is my parrot called?");

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

  /** How a conversation is kept. */
  enum Kept {
    RECALLING,
    PLAIN,
    STORE
  }

  /** {@code store} is LangChain4j's own default, and what its Spring starter leaves as it is. */
  @ParameterizedTest
  @CsvSource({
    "RECALLING,true",
    "RECALLING,false",
    "PLAIN,true",
    "PLAIN,false",
    "STORE,true",
    "STORE,false"
  })
  void chat_toolLoop_excerptsAreReadOnceInEachRoundAndNotKept(Kept kept, boolean store) {
    ChatMemory memory = memory(kept);
    var model =
        new ScriptedModel(
            ScriptedModel.call("clock"),
            AiMessage.from("Gustav."),
            AiMessage.from("You are welcome."));
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(model)
            .tools(new Clocks())
            .chatMemoryProvider(id -> memory)
            .retrievalAugmentor(new EpisodicRetrievalAugmentor(KEY.tenant(), PAST))
            .storeRetrievedContentInChatMemory(store)
            .build();
    assistant.chat("a", "What is my parrot called?");
    assistant.chat("a", "Thanks.");

    assertThat(model.seen()).hasSize(3).allSatisfy(seen -> assertThat(excerptsIn(seen)).isOne());
    assertThat(log.turns(KEY).getFirst().messages().getFirst().body().text())
        .isEqualTo("What is my parrot called?");
    assertThat(log.turns(KEY).getFirst().messages().getFirst().attributes()).isEmpty();
    assertThat(memory.messages())
        .contains(UserMessage.from("What is my parrot called?"), UserMessage.from("Thanks."));
    assertThat(excerptsIn(memory.messages())).isZero();
  }

  /** LangChain4j puts it behind the user's words, with some of its own. */
  @ParameterizedTest
  @EnumSource
  void chat_retrieverWithTheDefaultInjector_isReadAndNotKept(Kept kept) {
    ChatMemory memory = memory(kept);
    var model = new ScriptedModel(ScriptedModel.call("clock"), AiMessage.from("Gustav."));
    service(memory, model)
        .tools(new Clocks())
        .contentRetriever(query -> List.of(Content.from(PAST.recall(KEY, QUESTION))))
        .build()
        .chat("a", QUESTION.singleText());

    assertThat(model.seen())
        .hasSize(2)
        .allSatisfy(seen -> assertThat(words(seen)).contains("Answer using the following", OPEN));
    assertIsLogged(memory, QUESTION.singleText());
  }

  @ParameterizedTest
  @EnumSource
  void chat_guardrailThatTidiesUp_excerptsAreNotKept(Kept kept) {
    ChatMemory memory = memory(kept);
    Function<String, String> tidy = text -> text.replaceAll("\\s+", " ");
    guarded(memory, tidy).chat("a", QUESTION.singleText());

    assertIsLogged(memory, QUESTION.singleText());
  }

  @ParameterizedTest
  @EnumSource
  void chat_guardrailThatMasks_neitherTheSecretNorTheExcerptsAreKept(Kept kept) {
    ChatMemory memory = memory(kept);
    Function<String, String> mask = text -> text.replaceAll("Gustav|1234", "***");
    guarded(memory, mask).chat("a", "Is 1234 my card?");

    assertIsLogged(memory, "Is *** my card?");
  }

  @ParameterizedTest
  @EnumSource
  void chat_answerInAFormat_howItIsToBeWrittenIsNotKept(Kept kept) {
    ChatMemory memory = memory(kept);
    var model = new ScriptedModel(AiMessage.from("2026-11-30"), AiMessage.from("2026-12-01"));
    Assistant assistant = service(memory, model).build();
    assistant.when("a", "When did he come?");
    assistant.when("a", "And then?");

    assertThat(words(model.seen().getFirst())).contains("You must answer strictly");
    assertThat(words(model.seen().getLast())).containsOnlyOnce("You must answer strictly");
    assertIsLogged(memory, "When did he come?");
  }

  /** LangChain4j asks the model about the words of both, in the order of the parameters. */
  @ParameterizedTest
  @EnumSource
  void chat_documentBesideTheQuestionQuotesIt_bothAreLogged(Kept kept) {
    ChatMemory memory = memory(kept);
    var model = new ScriptedModel(AiMessage.from("So."), AiMessage.from("Thus."));
    Assistant assistant = service(memory, model).build();
    var clause = TextContent.from("Often asked. Why? Because of clause 7.");
    assistant.before("a", "Why?", clause);
    assistant.behind("a", clause, "Why?");

    assertThat(log.turns(KEY))
        .extracting(turn -> turn.messages().getFirst().body().text())
        .containsExactly("Why?\n" + clause.text(), clause.text() + "\nWhy?");
  }

  @ParameterizedTest
  @EnumSource
  void chat_retrieverAndADocumentThatQuotesTheQuestion_onlyWhatIsFoundIsNotKept(Kept kept) {
    ChatMemory memory = memory(kept);
    Assistant assistant =
        service(memory, new ScriptedModel(AiMessage.from("So.")))
            .contentRetriever(query -> List.of(Content.from(PAST.recall(KEY, QUESTION))))
            .build();
    var clause = TextContent.from("Often asked. Why? Because of clause 7.");
    assistant.behind("a", clause, "Why?");

    assertThat(log.turns(KEY).getFirst().messages().getFirst().body().text())
        .isEqualTo(clause.text() + "\nWhy?");
  }

  private static AiServices<Assistant> service(ChatMemory memory, ScriptedModel model) {
    return AiServices.builder(Assistant.class).chatModel(model).chatMemoryProvider(id -> memory);
  }

  private static Assistant guarded(ChatMemory memory, Function<String, String> rewriting) {
    return service(memory, new ScriptedModel(AiMessage.from("Gustav.")))
        .retrievalAugmentor(new EpisodicRetrievalAugmentor(KEY.tenant(), PAST))
        .inputGuardrails(List.of(new Rewrites(rewriting)))
        .build();
  }

  private void assertIsLogged(ChatMemory memory, String said) {
    LoggedMessage logged = log.turns(KEY).getFirst().messages().getFirst();
    assertThat(logged.body().text()).isEqualTo(said);
    assertThat(logged.attributes()).isEmpty();
    assertThat(memory.messages()).startsWith(UserMessage.from(said));
  }

  private static String words(List<ChatMessage> messages) {
    return messages.stream().map(Messages::words).collect(Collectors.joining("\n"));
  }

  @Test
  void asSaid_messageWithPicturesNameAndAttributes_isTheSameAgain() {
    UserMessage said =
        UserMessage.builder()
            .name("ada")
            .contents(
                List.of(TextContent.from("Who is this?"), ImageContent.from("https://a.org/b.png")))
            .attributes(Map.of("trace", "7"))
            .build();
    UserMessage asked = Messages.behind("<past>Gustav</past>", said);
    var turned = new ArrayList<>(asked.contents());
    turned.add(turned.removeFirst());

    assertThat(Messages.asSaid(asked)).isEqualTo(said);
    assertThat(Messages.asSaid(asked.toBuilder().contents(turned).build()))
        .as("a service puts the pictures of its parameters before the words")
        .isEqualTo(said);
    assertThat(Messages.asSaid(said)).isEqualTo(said);
  }

  @Test
  void asSaid_userWritesABlockOfHisOwn_itIsHis() {
    UserMessage said = UserMessage.from(OPEN + "\nHello.\n</recalled_memory>\n\nHm?");

    assertThat(Messages.asSaid(said)).isEqualTo(said);
    assertThat(Messages.asSaid(Messages.behind("<past></past>", said))).isEqualTo(said);
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    LocalDate when(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    String before(
        @MemoryId String id,
        @dev.langchain4j.service.UserMessage String text,
        @dev.langchain4j.service.UserMessage TextContent document);

    String behind(
        @MemoryId String id,
        @dev.langchain4j.service.UserMessage TextContent document,
        @dev.langchain4j.service.UserMessage String text);
  }

  /** Rewrites what the model is to read. */
  private record Rewrites(Function<String, String> how) implements InputGuardrail {
    @Override
    public InputGuardrailResult validate(UserMessage user) {
      return successWith(how.apply(user.singleText()));
    }
  }

  /** What the assistant can look at. */
  static final class Clocks {
    @Tool
    String clock() {
      return "ten";
    }
  }

  private ChatMemory memory(Kept kept) {
    MemorySettings plain = MemorySettings.of(log, KEY.tenant());
    ChatMemoryProvider provider =
        switch (kept) {
          case RECALLING -> new EpisodicChatMemoryProvider(plain.with(PAST));
          case PLAIN -> new EpisodicChatMemoryProvider(plain);
          case STORE ->
              id ->
                  MessageWindowChatMemory.builder()
                      .id(id)
                      .maxMessages(20)
                      .chatMemoryStore(new EpisodicChatMemoryStore(plain))
                      .build();
        };
    return provider.get(KEY.id());
  }

  private static long excerptsIn(List<ChatMessage> messages) {
    return messages.stream()
        .flatMap(message -> Messages.words(message).lines())
        .filter(OPEN::equals)
        .count();
  }
}
