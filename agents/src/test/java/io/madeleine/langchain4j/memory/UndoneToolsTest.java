package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.CompensateFor;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.langchain4j.retrieval.EpisodicRetrievalAugmentor;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * LangChain4j undoes a tool by exchanging its result in all that the memory shows and setting that:
 * the whole window would be said again.
 */
final class UndoneToolsTest {

  private static final ConversationKey KEY = new ConversationKey(new Tenant("acme"), "a");
  private static final Recollection PAST =
      (conversation, asked) -> "<recalled_memory>\n| user: Hello.\n</recalled_memory>";

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

  @Test
  void chat_secondToolFails_onlyThatTurnIsLogged() {
    chatsAndUndoes(
        new EpisodicChatMemoryProvider(MemorySettings.of(log, KEY.tenant()).with(PAST))
            .get(KEY.id()));
  }

  @Test
  void chat_overTheStore_onlyThatTurnIsLogged() {
    chatsAndUndoes(
        MessageWindowChatMemory.builder()
            .id(KEY.id())
            .maxMessages(20)
            .chatMemoryStore(new EpisodicChatMemoryStore(MemorySettings.of(log, KEY.tenant())))
            .build());
  }

  @Test
  void set_somethingBeforeTheTurnIsAnother_replacesAll() {
    EpisodicChatMemory memory =
        new EpisodicChatMemoryProvider(MemorySettings.of(log, KEY.tenant())).get(KEY.id());
    memory.add(UserMessage.from("one"), AiMessage.from("first"));
    memory.add(UserMessage.from("two"));
    memory.set(UserMessage.from("in short"), AiMessage.from("yes"), UserMessage.from("two"));
    memory.add(AiMessage.from("second"));

    assertThat(log.turns(KEY)).hasSize(3);
    assertThat(memory.messages())
        .containsExactly(
            UserMessage.from("in short"),
            AiMessage.from("yes"),
            UserMessage.from("two"),
            AiMessage.from("second"));
  }

  private void chatsAndUndoes(ChatMemory memory) {
    memory.add(SystemMessage.from("Be kind."));
    for (int i = 1; i <= 5; i++) {
      memory.add(UserMessage.from(i + "?"), AiMessage.from(i + "."));
    }
    List<LoggedTurn> before = log.turns(KEY);
    var model =
        new ScriptedModel(
            ScriptedModel.call("book"), ScriptedModel.call("pay"), AiMessage.from("Sorry."));
    AiServices.builder(Assistant.class)
        .chatModel(model)
        .tools(new Travel())
        .chatMemoryProvider(id -> memory)
        .retrievalAugmentor(new EpisodicRetrievalAugmentor(KEY.tenant(), PAST))
        .compensateOnToolErrors(true)
        .build()
        .chat("a", "Book it.");

    assertThat(log.turns(KEY)).hasSize(6).startsWith(before.toArray(LoggedTurn[]::new));
    List<String> said =
        log.turns(KEY).getLast().messages().stream().map(UndoneToolsTest::text).toList();
    assertThat(said).hasSize(6).startsWith("Book it.").endsWith("Sorry.");
    assertThat(said.get(2)).contains("rolled back");
    assertThat(said.get(4)).contains("no money");
    assertThat(model.seen().getLast().stream().map(Messages::words))
        .as("what was recalled is shown as before")
        .filteredOn(words -> words.contains("<recalled_memory>"))
        .containsExactly("<recalled_memory>\n| user: Hello.\n</recalled_memory>\n\nBook it.");
  }

  private static String text(LoggedMessage message) {
    return message.body().text();
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** Books, and cannot pay. */
  static final class Travel {
    private final Optional<String> money = Optional.empty();

    @Tool
    String book() {
      return "booked";
    }

    @CompensateFor("book")
    void cancel() {}

    @Tool
    String pay() {
      return money.orElseThrow(() -> new IllegalStateException("no money"));
    }
  }
}
