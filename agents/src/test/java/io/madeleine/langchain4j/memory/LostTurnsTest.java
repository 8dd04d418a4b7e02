package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.TokenStream;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who waits too long for his turn, or loses it to one who does. */
@Timeout(60)
final class LostTurnsTest {

  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Duration LONG = Duration.ofMinutes(10);

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
  void chat_toolThatTakesLongerThanThePatience_asksNoModelWithoutItsQuestion() throws Exception {
    EpisodicChatMemoryProvider memories = memories(SHORT);
    var model = new EchoModel();
    var tools = new Slow();
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(model)
            .tools(tools)
            .chatMemoryProvider(memories)
            .build();
    try (var threads = Executors.newFixedThreadPool(1)) {
      Future<String> first = threads.submit(() -> assistant.chat("a", "call slow"));
      tools.running.await();
      assertThat(assistant.chat("a", "two")).isEqualTo("answer to two");
      tools.resume.countDown();

      assertThatThrownBy(first::get)
          .hasRootCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("conversation 'a'")
          .hasMessageContaining(SHORT.toString())
          .hasMessageContaining("more patience");
    }
    assertThat(model.asked()).containsExactly("call slow", "two");
    assertThat(questions(memories)).containsExactly("two");
    assertThat(assistant.chat("a", "three")).as("it may ask again").isEqualTo("answer to three");
  }

  /** It would wait for the other in vain, and take his turn away. */
  @Test
  void chat_whoLostHisTurn_doesNotWaitForTheOther() throws Exception {
    EpisodicChatMemoryProvider memories = memories(SHORT);
    var tools = new Slow();
    Assistant first =
        AiServices.builder(Assistant.class)
            .chatModel(new EchoModel())
            .tools(tools)
            .chatMemoryProvider(memories)
            .build();
    var held = new HeldModel();
    try (var threads = Executors.newFixedThreadPool(1)) {
      Future<String> lost = threads.submit(() -> first.chat("a", "call slow"));
      tools.running.await();
      start(stream(held, memories), "two");
      HeldModel.Asked second = held.next();
      tools.resume.countDown();
      assertThatThrownBy(lost::get).hasMessageContaining("has lost its turn");
      second.answer("second");
    }

    assertThat(questions(memories)).containsExactly("two");
  }

  @Test
  void chat_interruptedWhileItWaits_leavesTheOthersTurnAlone() throws Exception {
    EpisodicChatMemoryProvider memories = memories(LONG);
    var held = new HeldModel();
    Assistant streams = stream(held, memories);
    start(streams, "one");
    HeldModel.Asked first = held.next();
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(new EchoModel())
            .chatMemoryProvider(memories)
            .build();
    interruptedWhileWaiting(() -> assistant.chat("a", "two"));
    interruptedWhileWaiting(() -> memories.get("a").add(UserMessage.from("three")));
    first.answer("first");

    assertThat(questions(memories)).containsExactly("one");
    assertThat(memories.get("a").messages())
        .containsExactly(UserMessage.from("one"), AiMessage.from("first"));
  }

  private static void interruptedWhileWaiting(Runnable action) throws Exception {
    var interrupted =
        new FutureTask<>(
            () -> {
              assertThatThrownBy(action::run)
                  .isInstanceOf(IllegalStateException.class)
                  .hasMessageContaining("interrupted while waiting")
                  .hasMessageContaining("conversation 'a'");
              return Thread.currentThread().isInterrupted();
            });
    Thread thread = Thread.ofPlatform().start(interrupted);
    awaitWaiting(thread);
    thread.interrupt();

    assertThat(interrupted.get()).as("the thread knows that it was interrupted").isTrue();
  }

  @Test
  void add_ownerDiesWhileAnotherWaits_theOtherIsNext() throws Exception {
    EpisodicChatMemory memory = memories(LONG).get("a");
    var asked = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    Thread dying =
        Thread.ofPlatform()
            .start(
                () -> {
                  memory.add(UserMessage.from("lost"));
                  asked.countDown();
                  await(end);
                });
    asked.await();
    Thread next =
        Thread.ofPlatform()
            .start(() -> memory.add(UserMessage.from("hello"), AiMessage.from("hi")));
    awaitWaiting(next);
    end.countDown();
    dying.join();

    assertThat(next.join(Duration.ofSeconds(30))).as("it waits no longer").isTrue();
    assertThat(memory.messages()).containsExactly(UserMessage.from("hello"), AiMessage.from("hi"));
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    TokenStream stream(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** A tool that takes as long as it is told to. */
  static final class Slow {
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch resume = new CountDownLatch(1);

    @Tool
    String slow() {
      running.countDown();
      await(resume);
      return "done";
    }
  }

  private EpisodicChatMemoryProvider memories(Duration patience) {
    return new EpisodicChatMemoryProvider(
        MemorySettings.of(log, new Tenant("acme")).with(patience));
  }

  private static Assistant stream(HeldModel model, EpisodicChatMemoryProvider memories) {
    return AiServices.builder(Assistant.class)
        .streamingChatModel(model)
        .chatMemoryProvider(memories)
        .build();
  }

  private static void start(Assistant assistant, String question) {
    assistant.stream("a", question).onError(error -> {}).start();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      assertThat(thread.isAlive()).as("it waits").isTrue();
      Thread.onSpinWait();
    }
  }

  private List<String> questions(EpisodicChatMemoryProvider memories) {
    return log.turns(memories.get("a").conversation()).stream()
        .map(turn -> turn.messages().getFirst().body().text())
        .toList();
  }
}
