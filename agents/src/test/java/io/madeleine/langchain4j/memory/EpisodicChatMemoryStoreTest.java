package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's own windows over the log. */
final class EpisodicChatMemoryStoreTest {

  private static final Tenant ACME = new Tenant("acme");

  @TempDir Path directory;
  private TurnLog log;
  private EpisodicChatMemoryStore store;

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
    store = new EpisodicChatMemoryStore(MemorySettings.of(log, ACME));
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void update_twoThreadsInOneConversation_nobodyWaitsAndEveryAnswerHasItsQuestion()
      throws Exception {
    ChatMemory window = window("a");
    try (var ada = Executors.newSingleThreadExecutor();
        var bob = Executors.newSingleThreadExecutor();
        var eve = Executors.newSingleThreadExecutor()) {
      soon(ada, () -> window.add(UserMessage.from("one")));
      soon(bob, () -> window.add(UserMessage.from("two")));
      soon(eve, () -> window("b").add(UserMessage.from("three"), AiMessage.from("third")));
      soon(ada, () -> window.add(AiMessage.from("first")));
      soon(bob, () -> window.add(AiMessage.from("second")));
    }

    assertThat(pairs("a")).containsExactly("one: first", "two: second");
    assertThat(pairs("b")).containsExactly("three: third");
    assertThat(window.messages()).hasSize(4);
  }

  @Test
  void update_aiServiceFailsAndIsAskedAgain_logsTheTurnOnce() {
    var model = new FailsOnce(/* failed= */ false);
    var assistant =
        AiServices.builder(Assistant.class)
            .chatModel(model)
            .chatMemoryProvider(id -> window(id))
            .build();
    assertThatThrownBy(() -> assistant.chat("a", "one")).hasMessage("no model");
    assistant.chat("a", "one");

    assertThat(pairs("a")).containsExactly("one: first");
  }

  @Test
  void update_anAiServiceThatAsksAnotherFirst_logsItsTurn() {
    Judge judge = AiServices.create(Judge.class, new FailsOnce(/* failed= */ true));
    var assistant =
        AiServices.builder(Assistant.class)
            .chatModel(new FailsOnce(/* failed= */ true))
            .chatMemoryProvider(id -> window(id))
            .contentRetriever(
                query -> {
                  judge.isFine(query.text());
                  return List.of();
                })
            .build();
    assistant.chat("a", "one");

    assertThat(pairs("a")).containsExactly("one: first");
  }

  @Test
  void update_answerOnAnotherThread_belongsToTheNewestQuestion() throws Exception {
    ChatMemory window = window("a");
    try (var asking = Executors.newSingleThreadExecutor();
        var answering = Executors.newSingleThreadExecutor()) {
      soon(asking, () -> window.add(UserMessage.from("one")));
      soon(answering, () -> window.add(AiMessage.from("first")));
      soon(asking, () -> window.add(UserMessage.from("two")));
      soon(answering, () -> window.add(AiMessage.from("second")));
    }

    assertThat(pairs("a")).containsExactly("one: first", "two: second");
  }

  @Test
  void update_windowEvicts_logKeepsAllAndTheSystemMessageOnce() {
    ChatMemory window =
        MessageWindowChatMemory.builder().id("a").maxMessages(4).chatMemoryStore(store).build();
    window.add(SystemMessage.from("Be brief."));
    for (int i = 0; i < 6; i++) {
      window.add(UserMessage.from("question " + i));
      window.add(AiMessage.from("answer " + i));
    }
    List<ChatMessage> again =
        new EpisodicChatMemoryStore(MemorySettings.of(log, ACME)).getMessages("a");

    assertThat(log.turns(key("a"))).hasSize(6);
    assertThat(again).hasSize(13).startsWith(SystemMessage.from("Be brief."));
    assertThat(log.turns(key("a")).stream().mapToInt(turn -> turn.messages().size()).sum())
        .isEqualTo(13);
  }

  /** "ping" and "pong" again and again: what is left of the list may look like its beginning. */
  @Test
  void update_answerThatEvictsTwoOfARepeatedPair_isLogged() {
    ChatMemory window =
        TokenWindowChatMemory.builder()
            .id("a")
            .maxTokens(5, new PongIsThreeTokens())
            .chatMemoryStore(store)
            .build();
    for (int i = 0; i < 3; i++) {
      window.add(UserMessage.from("ping"), AiMessage.from("pong"));
    }

    assertThat(pairs("a")).containsExactly("ping: pong", "ping: pong", "ping: pong");
  }

  @Test
  void update_changedSystemMessageInFront_logsNothingAgain() {
    ChatMemory window =
        MessageWindowChatMemory.builder()
            .id("a")
            .maxMessages(20)
            .alwaysKeepSystemMessageFirst(true)
            .chatMemoryStore(store)
            .build();
    window.add(SystemMessage.from("Be brief."));
    window.add(UserMessage.from("one"), AiMessage.from("first"));
    window.add(SystemMessage.from("Be kind."));
    window.add(UserMessage.from("two"), AiMessage.from("second"));

    assertThat(log.turns(key("a"))).hasSize(2);
    assertThat(new EpisodicChatMemoryStore(MemorySettings.of(log, ACME)).getMessages("a"))
        .startsWith(SystemMessage.from("Be kind."), UserMessage.from("one"));
  }

  @Test
  void delete_conversation_isErasedAndBeginsAnew() {
    ChatMemory window = window("a");
    window.add(UserMessage.from("one"), AiMessage.from("first"));
    window.clear();
    assertThat(log.turns(key("a"))).isEmpty();
    window.add(UserMessage.from("two"), AiMessage.from("second"));

    assertThat(pairs("a")).containsExactly("two: second");
  }

  @Test
  void get_noIdOfItsOwn_isRefused() {
    assertThatThrownBy(() -> store.getMessages("default"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("@MemoryId");
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  interface Judge {
    String isFine(String text);
  }

  private ChatMemory window(Object id) {
    return MessageWindowChatMemory.builder().id(id).maxMessages(20).chatMemoryStore(store).build();
  }

  private static void soon(ExecutorService thread, Runnable action) throws Exception {
    thread.submit(action).get(10, TimeUnit.SECONDS);
  }

  private List<String> pairs(String id) {
    return log.turns(key(id)).stream()
        .map(
            turn ->
                turn.messages().getFirst().body().text()
                    + ": "
                    + turn.messages().getLast().body().text())
        .toList();
  }

  private static ConversationKey key(String id) {
    return new ConversationKey(ACME, id);
  }

  private static final class FailsOnce implements ChatModel {
    private boolean failed;

    FailsOnce(boolean failed) {
      this.failed = failed;
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
      if (!failed) {
        failed = true;
        throw new IllegalStateException("no model");
      }
      return ChatResponse.builder().aiMessage(AiMessage.from("first")).build();
    }
  }

  private static final class PongIsThreeTokens implements TokenCountEstimator {
    @Override
    public int estimateTokenCountInText(String text) {
      return text.equals("pong") ? 3 : 1;
    }

    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
      return message.equals(AiMessage.from("pong")) ? 3 : 1;
    }

    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
      int count = 0;
      for (ChatMessage message : messages) {
        count += estimateTokenCountInMessage(message);
      }
      return count;
    }
  }
}
