package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ReturnBehavior;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.TokenStream;
import io.madeleine.langchain4j.call.Calls;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** AI services that ask in one conversation, on whatever threads. */
@Timeout(60)
final class CallsOnOneConversationTest {

  @TempDir Path directory;
  private TurnLog log;
  private EpisodicChatMemoryProvider memories;

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
    memories = memories(Duration.ofMinutes(2));
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void chat_whileAnothersToolRuns_noModelSeesHalfATurn() throws Exception {
    var model = new EchoModel();
    var tools = new Tools();
    Assistant assistant = assistant(model, tools);
    try (var threads = Executors.newFixedThreadPool(2)) {
      Future<String> first = threads.submit(() -> assistant.chat("a", "call slow"));
      tools.running.await();
      Future<String> second = threads.submit(() -> assistant.chat("a", "two"));
      Thread.sleep(Duration.ofMillis(200));
      assertThat(model.seen()).as("the second waits").hasSize(1);
      tools.resume.countDown();

      assertThat(first.get()).isEqualTo("answer to call slow");
      assertThat(second.get()).isEqualTo("answer to two");
    }
    assertThat(model.seen()).hasSize(3).allSatisfy(CallsOnOneConversationTest::assertPaired);
    assertThat(model.seen().getLast()).hasSize(5);
    assertThat(pairs()).containsExactly("call slow: answer to call slow", "two: answer to two");
  }

  @Test
  void chat_toolThatReturnsDirectly_isLoggedWhenTheCallEnds() {
    var model = new EchoModel();
    Assistant assistant = assistant(model, new Tools());
    assistant.order("a", "call direct");
    assertThat(log.turns(memories.get("a").conversation())).hasSize(1);
    assistant.order("a", "call direct");

    assertThat(log.turns(memories.get("a").conversation())).hasSize(2);
    assertThat(model.seen()).hasSize(2).allSatisfy(CallsOnOneConversationTest::assertPaired);
  }

  @Test
  void messages_lookedAtFromOutside_showTheTurnThatGoesOnAtOnce() throws Exception {
    var tools = new Tools();
    Assistant assistant = assistant(new EchoModel(), tools);
    try (var threads = Executors.newFixedThreadPool(1)) {
      Future<String> first = threads.submit(() -> assistant.chat("a", "call slow"));
      tools.running.await();
      assertThat(memories.get("a").messages()).startsWith(UserMessage.from("call slow")).hasSize(2);
      tools.resume.countDown();

      assertThat(first.get()).isEqualTo("answer to call slow");
    }
  }

  @Test
  void messages_turnOfALivingThreadWithoutAService_isShownAtOnceButNotByHalves() throws Exception {
    EpisodicChatMemory memory = memories(Duration.ofMinutes(2)).get("a");
    ToolExecutionRequest call =
        ToolExecutionRequest.builder().id("1").name("plain").arguments("{}").build();
    try (var threads = Executors.newFixedThreadPool(1)) {
      threads.submit(() -> memory.add(UserMessage.from("one"))).get();
      assertThat(memory.messages()).as("another thread may ask for it").hasSize(1);
      threads.submit(() -> memory.add(AiMessage.from(call))).get();
      assertThat(memory.messages()).as("a call without its result").isEmpty();
      threads.submit(() -> memory.add(ToolExecutionResultMessage.from(call, "noon"))).get();
      threads.submit(() -> memory.add(AiMessage.from("first"))).get();
    }
    assertThat(memory.messages()).hasSize(4);
  }

  @Test
  void chat_anAiServiceAsItsGuardrail_theTurnIsStillTheOuterCalls() {
    var model = new EchoModel();
    Judge judge = AiServices.create(Judge.class, new EchoModel());
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(model)
            .chatMemoryProvider(memories)
            .contentRetriever(
                query -> {
                  judge.isFine(query.text());
                  return List.of();
                })
            .build();
    model.fails(true);
    assertThatThrownBy(() -> assistant.chat("a", "one")).hasMessage("no model");
    assertThat(memories.get("a").messages()).as("a failed call's turn is dropped").isEmpty();
    model.fails(false);
    assistant.chat("a", "one");

    assertThat(pairs()).containsExactly("one: answer to one");
  }

  @Test
  void messages_onAThreadThatBeganAStream_waitForNobody() throws Exception {
    var model = new HeldModel();
    Assistant assistant = assistant(model);
    start(assistant, "one");
    HeldModel.Asked asked = model.next();
    assertThat(Calls.here()).isEmpty();
    asked.answer("first");

    assertThat(pairs()).containsExactly("one: first");
    assertThat(memories.get("b").messages()).isEmpty();
  }

  @Test
  void stream_threadsThatAreDead_pairsStayTogether() throws Exception {
    var model = new HeldModel();
    Assistant assistant = assistant(model);
    Thread.ofVirtual().start(() -> start(assistant, "one")).join();
    Thread second = Thread.ofVirtual().start(() -> start(assistant, "two"));
    HeldModel.Asked first = model.next();
    assertThat(second.join(Duration.ofMillis(200))).as("the second waits").isFalse();
    first.answer("first");
    model.next().answer("second");
    second.join();

    assertThat(pairs()).containsExactly("one: first", "two: second");
  }

  @Test
  void stream_sameThreadAsksTheNextQuestion_pairsStayTogether() throws Exception {
    var model = new HeldModel();
    Assistant assistant = assistant(model);
    try (var thread = Executors.newSingleThreadExecutor()) {
      thread.submit(() -> start(assistant, "one")).get();
      Future<?> second = thread.submit(() -> start(assistant, "two"));
      model.next().answer("first");
      second.get();
      model.next().answer("second");
    }

    assertThat(pairs()).containsExactly("one: first", "two: second");
  }

  /** The thread that began the first one has gone its way, though it did not start it. */
  @Test
  void stream_startedOnAnotherThread_theThreadThatBeganItWaitsForIt() throws Exception {
    var model = new HeldModel();
    Assistant assistant = assistant(model);
    try (var thread = Executors.newSingleThreadExecutor()) {
      TokenStream first = thread.submit(() -> assistant.stream("a", "one")).get();
      first.onError(error -> {}).start();
      HeldModel.Asked one = model.next();
      assertThat(thread.submit(Calls::here).get()).as("for whom the thread works").isEmpty();
      Future<?> second = thread.submit(() -> start(assistant, "two"));
      one.answer("first");
      second.get();
      HeldModel.Asked two = model.next();
      two.answer("second");

      assertThat(two.request().messages()).hasSize(3);
    }
    assertThat(pairs()).containsExactly("one: first", "two: second");
  }

  @Test
  void stream_toolsInIt_roundsStayInTheirTurn() throws Exception {
    var model = new HeldModel();
    Assistant assistant = assistant(model);
    start(assistant, "one");
    Thread second = Thread.ofVirtual().start(() -> start(assistant, "two"));
    model.next().call("plain");
    HeldModel.Asked round = model.next();
    assertPaired(round.request().messages());
    assertThat(round.request().messages()).hasSize(3);
    round.answer("first");
    HeldModel.Asked other = model.next();
    other.answer("second");
    second.join();

    assertThat(other.request().messages()).hasSize(5);
    assertThat(pairs()).containsExactly("one: first", "two: second");
  }

  @Test
  void stream_failed_leavesTheMemoryToTheNextQuestion() throws Exception {
    var model = new HeldModel();
    Assistant assistant = assistant(model);
    start(assistant, "one");
    model.next().handler().onError(new IllegalStateException("no model"));
    start(assistant, "one");
    HeldModel.Asked retry = model.next();
    retry.answer("first");

    assertThat(retry.request().messages()).containsExactly(UserMessage.from("one"));
    assertThat(pairs()).containsExactly("one: first");
  }

  @Test
  void stream_givenUpOn_itsAnswerIsNobodyElses() throws Exception {
    memories = memories(Duration.ofMillis(50));
    var model = new HeldModel();
    Assistant assistant = assistant(model);
    start(assistant, "one");
    start(assistant, "two");
    HeldModel.Asked first = model.next();
    HeldModel.Asked second = model.next();
    first.answer("first");
    second.answer("second");

    assertThat(second.request().messages()).containsExactly(UserMessage.from("two"));
    assertThat(pairs()).containsExactly("two: second");
  }

  @Test
  void stream_abortedAndAnsweredAllTheSame_isNotLogged() throws Exception {
    var model = new HeldModel();
    start(assistant(model), "one");
    memories.get("a").abort();
    model.next().answer("first");

    assertThat(pairs()).isEmpty();
  }

  @Test
  void add_resultThatNoCallAskedFor_isDropped() {
    EpisodicChatMemory memory = memories.get("a");
    memory.add(UserMessage.from("one"));
    memory.add(ToolExecutionResultMessage.from("7", "slow", "too late"));
    memory.add(AiMessage.from("first"));

    assertThat(memory.messages()).containsExactly(UserMessage.from("one"), AiMessage.from("first"));
  }

  @Test
  void add_greetingWithoutAQuestion_isLogged() {
    memories.get("a").add(AiMessage.from("Welcome."));

    assertThat(memories.get("a").messages()).containsExactly(AiMessage.from("Welcome."));
    assertThat(log.turns(memories.get("a").conversation())).hasSize(1);
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    Result<String> order(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);

    TokenStream stream(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** What a guardrail or a retriever may ask. */
  interface Judge {
    String isFine(String text);
  }

  /** What the assistant can do. */
  static final class Tools {
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch resume = new CountDownLatch(1);

    @Tool
    String slow() throws InterruptedException {
      running.countDown();
      resume.await();
      return "done";
    }

    @Tool(returnBehavior = ReturnBehavior.IMMEDIATE)
    String direct() {
      return "done";
    }

    @Tool
    String plain() {
      return "done";
    }
  }

  private EpisodicChatMemoryProvider memories(Duration patience) {
    return new EpisodicChatMemoryProvider(
        MemorySettings.of(log, new Tenant("acme")).with(patience));
  }

  private Assistant assistant(ChatModel model, Tools tools) {
    return AiServices.builder(Assistant.class)
        .chatModel(model)
        .tools(tools)
        .chatMemoryProvider(memories)
        .build();
  }

  private Assistant assistant(StreamingChatModel model) {
    return AiServices.builder(Assistant.class)
        .streamingChatModel(model)
        .tools(new Tools())
        .chatMemoryProvider(memories)
        .build();
  }

  private static void start(Assistant assistant, String question) {
    assistant.stream("a", question).onError(error -> {}).start();
  }

  /** {@return the questions in the log, each with its answer} */
  private List<String> pairs() {
    return log.turns(memories.get("a").conversation()).stream()
        .map(
            turn ->
                turn.messages().getFirst().body().text()
                    + ": "
                    + turn.messages().getLast().body().text())
        .toList();
  }

  private static void assertPaired(List<ChatMessage> shown) {
    var open = new ArrayList<String>();
    for (ChatMessage message : shown) {
      if (message instanceof AiMessage ai) {
        ai.toolExecutionRequests().forEach(request -> open.add(request.id()));
      } else if (message instanceof ToolExecutionResultMessage result) {
        assertThat(open.remove(result.id())).as("a call for " + result.id()).isTrue();
      }
    }
    assertThat(open).isEmpty();
  }
}
