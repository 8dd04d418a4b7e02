package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EpisodicChatMemoryTest extends ChatMemoryContract {

  @TempDir Path directory;
  private TurnLog log;
  private EpisodicChatMemoryProvider memories;
  private EpisodicChatMemoryProvider others;

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
    memories = new EpisodicChatMemoryProvider(settings("acme"));
    others = new EpisodicChatMemoryProvider(settings("umbrella"));
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Override
  protected ChatMemory memory(Object id) {
    return memories.get(id);
  }

  @Override
  protected ChatMemory memoryOfAnotherTenant(Object id) {
    return others.get(id);
  }

  @Override
  protected void crash() {
    close();
    open();
  }

  @Override
  protected int windowTurns() {
    return 4;
  }

  private MemorySettings settings(String tenant) {
    return MemorySettings.of(log, new Tenant(tenant)).with(new Window.Turns(4));
  }

  @Test
  void get_noIdOfItsOwn_isRefused() {
    assertThatThrownBy(() -> memories.get("default"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("@MemoryId");
  }

  @Test
  void get_idWithoutAText_isRefused() {
    assertThatThrownBy(() -> memories.get(new byte[] {1, 2}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("byte[] has no toString of its own");
  }

  @Test
  void messages_somethingRecalled_showsItAndNeverStoresIt() {
    var recalling =
        new EpisodicChatMemoryProvider(
            settings("acme")
                .with((conversation, asked) -> "<past>" + asked.singleText() + "</past>"));
    ChatMemory memory = recalling.get("a");
    memory.add(UserMessage.from("where is it?"));

    assertThat(((UserMessage) memory.messages().getFirst()).singleText())
        .isEqualTo("<past>where is it?</past>\n\nwhere is it?");
    memory.add(AiMessage.from("there"));
    assertThat(memories.get("a").messages().getFirst()).isEqualTo(UserMessage.from("where is it?"));
  }

  @Test
  void abort_failedCall_leavesNothingBehind() {
    EpisodicChatMemory memory = memories.get("a");
    memory.add(UserMessage.from("are you there?"));
    memory.abort();

    assertThat(memory.messages()).isEmpty();
    assertThat(log.size(memory.conversation())).isZero();
  }

  @Test
  void add_turnOfADeadThread_isTakenOver() throws InterruptedException {
    EpisodicChatMemory memory = memories.get("a");
    Thread dying = Thread.ofPlatform().start(() -> memory.add(UserMessage.from("lost")));
    dying.join();
    memory.add(UserMessage.from("hello"));
    memory.add(AiMessage.from("hi"));

    assertThat(memory.messages()).containsExactly(UserMessage.from("hello"), AiMessage.from("hi"));
  }

  @Test
  void add_turnThatNeverEnds_isGivenUpOnAfterThePatience() throws InterruptedException {
    var impatient = new EpisodicChatMemoryProvider(settings("acme").with(Duration.ofMillis(1)));
    EpisodicChatMemory memory = impatient.get("a");
    var hung = new java.util.concurrent.CountDownLatch(1);
    var asked = new java.util.concurrent.CountDownLatch(1);
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  memory.add(UserMessage.from("hung"));
                  asked.countDown();
                  try {
                    hung.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    asked.await();
    memory.add(UserMessage.from("hello"));
    memory.add(AiMessage.from("hi"));
    hung.countDown();
    thread.join();

    assertThat(memory.messages()).containsExactly(UserMessage.from("hello"), AiMessage.from("hi"));
  }

  @Test
  void set_nothingOrAQuestionAlone_hidesWhatWasSaidAndTheLogKeepsIt() {
    EpisodicChatMemory memory = memories.get("a");
    memory.add(SystemMessage.from("Be kind."));
    memory.add(UserMessage.from("one"));
    memory.add(AiMessage.from("1"));
    memory.set(java.util.List.of());
    assertThat(memory.messages()).isEmpty();
    memory.set(UserMessage.from("two"));
    memory.add(AiMessage.from("2"));
    crash();

    assertThat(memories.get("a").messages())
        .containsExactly(UserMessage.from("two"), AiMessage.from("2"));
    assertThat(log.turns(memory.conversation()).getFirst().messages()).hasSize(3);
  }

  @Test
  void set_olderTurns_stayInTheLog() {
    EpisodicChatMemory memory = memories.get("a");
    memory.add(UserMessage.from("one"));
    memory.add(AiMessage.from("1"));
    memory.set(java.util.List.of(UserMessage.from("summary"), AiMessage.from("ok")));

    assertThat(log.turns(memory.conversation())).hasSize(2);
    assertThat(memory.messages()).hasSize(2);
  }
}
