package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * LangChain4j's windows read the list and hand it over with one message more, without a lock. Bob's
 * list is read before Ada's is handed over, and handed over after it.
 */
final class OvertakenListsTest {

  private static final ConversationKey KEY = new ConversationKey(new Tenant("acme"), "a");

  @TempDir Path directory;
  private TurnLog log;
  private EpisodicChatMemoryStore store;
  private ChatMemory window;
  private final ExecutorService ada = Executors.newSingleThreadExecutor();
  private final ExecutorService bob = Executors.newSingleThreadExecutor();

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
    store = new EpisodicChatMemoryStore(MemorySettings.of(log, KEY.tenant()));
    window =
        MessageWindowChatMemory.builder().id("a").maxMessages(6).chatMemoryStore(store).build();
    window.add(UserMessage.from("zero"), AiMessage.from("nil"));
  }

  @AfterEach
  void close() {
    ada.close();
    bob.close();
    log.close();
  }

  @Test
  void update_twoQuestionsAtOnce_bothTurnsAreLogged() throws Exception {
    List<ChatMessage> read = readByBob();
    run(ada, () -> window.add(UserMessage.from("one")));
    handOverByBob(read, UserMessage.from("two"));
    assertThat(window.messages()).endsWith(UserMessage.from("one"), UserMessage.from("two"));
    run(ada, () -> window.add(AiMessage.from("first")));
    run(bob, () -> window.add(AiMessage.from("second")));

    assertLogged("zero: nil", "one: first", "two: second");
    assertThat(window.messages()).hasSize(6);
  }

  @Test
  void update_theSameQuestionTwiceAtOnce_bothTurnsAreLogged() throws Exception {
    List<ChatMessage> read = readByBob();
    run(ada, () -> window.add(UserMessage.from("one")));
    handOverByBob(read, UserMessage.from("one"));
    run(ada, () -> window.add(AiMessage.from("first")));
    run(bob, () -> window.add(AiMessage.from("second")));

    assertLogged("zero: nil", "one: first", "one: second");
  }

  @Test
  void update_twoAnswersAtOnce_nothingIsLoggedTwice() throws Exception {
    run(ada, () -> window.add(UserMessage.from("one")));
    run(bob, () -> window.add(UserMessage.from("two")));
    List<ChatMessage> read = readByBob();
    run(ada, () -> window.add(AiMessage.from("first")));
    handOverByBob(read, AiMessage.from("second"));

    assertLogged("zero: nil", "one: first", "two: second");
    assertThat(window.messages()).endsWith(AiMessage.from("first"), AiMessage.from("second"));
  }

  @Test
  void update_aSystemMessageAtOnceWithAQuestion_bothAreThere() throws Exception {
    List<ChatMessage> read = readByBob();
    run(ada, () -> window.add(UserMessage.from("one")));
    handOverByBob(read, SystemMessage.from("Be kind."));
    run(ada, () -> window.add(AiMessage.from("first")));
    run(ada, () -> window.add(UserMessage.from("two"), AiMessage.from("second")));

    assertThat(window.messages()).contains(SystemMessage.from("Be kind."));
    assertLogged("zero: nil", "one: first", "Be kind.: second");
  }

  @Test
  void update_theListThatWasGivenOutWithMore_isLogged() {
    for (ChatMessage more : List.of(UserMessage.from("one"), AiMessage.from("first"))) {
      List<ChatMessage> list = store.getMessages("own");
      list.add(more);
      store.updateMessages("own", list);
    }

    assertThat(store.getMessages("own"))
        .containsExactly(UserMessage.from("one"), AiMessage.from("first"));
    assertThat(log.turns(new ConversationKey(KEY.tenant(), "own"))).hasSize(1);
  }

  @Test
  void update_anEmptyListAtOnceWithAQuestion_theSystemMessageThatWasReadGoes() throws Exception {
    store.updateMessages("own", List.of(SystemMessage.from("Be kind.")));
    bob.submit(() -> store.getMessages("own")).get(10, TimeUnit.SECONDS);
    run(
        ada,
        () -> {
          var all = new ArrayList<>(store.getMessages("own"));
          all.add(UserMessage.from("one"));
          store.updateMessages("own", all);
        });
    run(bob, () -> store.updateMessages("own", List.of()));

    assertThat(store.getMessages("own")).containsExactly(UserMessage.from("one"));
  }

  private List<ChatMessage> readByBob() throws Exception {
    return bob.submit(() -> store.getMessages("a")).get(10, TimeUnit.SECONDS);
  }

  private void handOverByBob(List<ChatMessage> read, ChatMessage more) throws Exception {
    var all = new ArrayList<>(read);
    all.add(more);
    run(bob, () -> store.updateMessages("a", all));
  }

  private static void run(ExecutorService thread, Runnable action) throws Exception {
    thread.submit(action).get(10, TimeUnit.SECONDS);
  }

  private void assertLogged(String... pairs) {
    List<LoggedTurn> turns = log.turns(KEY);
    assertThat(turns).allSatisfy(turn -> assertThat(turn.attributes()).isEmpty());
    assertThat(
            turns.stream()
                .map(LoggedTurn::messages)
                .map(said -> said.getFirst().body().text() + ": " + said.getLast().body().text()))
        .containsExactly(pairs);
  }
}
