package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import io.madeleine.langchain4j.retrieval.EpisodicRetrievalAugmentor;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What users of other memories suffer from, by number: docs/intended/agents.md says where each
 * comes from, and which of them other tests hold.
 */
final class PainsTest {

  private static final Tenant ACME = new Tenant("acme");

  @TempDir Path directory;
  private Memory memory;
  private EpisodicChatMemoryProvider memories;

  @BeforeEach
  void open() {
    memory = Memory.open(directory, Clock.systemUTC(), MemoryOptions.DEFAULT);
    memories = memories(new Window.Turns(2));
  }

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void pain01_toolTurnsAreEvicted_noMessageIsOrphaned() {
    EpisodicChatMemory chat = memories.get("a");
    for (int i = 0; i < 6; i++) {
      tooled(chat, "task " + i, i);
      assertPaired(chat.messages());
    }
    assertThat(chat.messages().getFirst()).isEqualTo(UserMessage.from("task 4"));
  }

  @Test
  void pain02_toolHeavyTurn_doesNotCrowdOutTheTurnBefore() {
    EpisodicChatMemory chat = memories.get("a");
    say(chat, "My parrot is called Gustav.", "Noted.");
    tooled(chat, "look up everything", 40);

    assertThat(chat.messages().getFirst())
        .isEqualTo(UserMessage.from("My parrot is called Gustav."));
  }

  @Test
  void pain03_toolMessages_areStillThereAfterARestart() {
    tooled(memories.get("a"), "task", 2);
    List<ChatMessage> before = memories.get("a").messages();
    close();
    open();

    assertThat(memories.get("a").messages()).isEqualTo(before).hasSize(6);
  }

  @Test
  void pain04_toolLoopOfAnAiService_sendsNoMessageTwice() {
    var model = new Scripted(call("clock", "1"), AiMessage.from("It is ten."));
    service(model).chat("a", "What time is it?");

    assertThat(model.seen.getLast()).hasSize(3).doesNotHaveDuplicates();
    assertThat(memory.log().turns(memories.get("a").conversation())).hasSize(1);
  }

  @Test
  void pain05_threadsOnOneId_keepTheirTurnsTogether() throws Exception {
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < 8; i++) {
      String name = "thread " + i;
      threads.add(Thread.ofPlatform().start(() -> say(memories.get("a"), name, name)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    List<LoggedTurn> turns = memory.log().turns(memories.get("a").conversation());
    assertThat(turns).hasSize(8);
    assertThat(turns)
        .allSatisfy(
            turn ->
                assertThat(turn.messages().getFirst().body().text())
                    .isEqualTo(turn.messages().getLast().body().text()));
  }

  @Test
  void pain06_failedCallAndRetry_askOnce() {
    var model = new Scripted();
    Assistant assistant = service(model);
    assertThatThrownBy(() -> assistant.chat("a", "Are you there?")).hasMessage("no answer left");
    model.answers.add(AiMessage.from("Yes."));
    assistant.chat("a", "Are you there?");

    assertThat(memories.get("a").messages())
        .containsExactly(UserMessage.from("Are you there?"), AiMessage.from("Yes."));
  }

  @Test
  void pain06_failedCallOfAThreadThatLivesOn_retryOnAnotherAsksOnceAndAtOnce() throws Exception {
    var model = new Scripted();
    Assistant assistant = service(model);
    try (var first = Executors.newSingleThreadExecutor();
        var second = Executors.newSingleThreadExecutor()) {
      Future<String> failed = first.submit(() -> assistant.chat("a", "Are you there?"));
      assertThatThrownBy(failed::get).hasRootCauseMessage("no answer left");
      model.answers.add(AiMessage.from("Yes."));
      Future<String> retry = second.submit(() -> assistant.chat("a", "Are you there?"));
      assertThat(retry.get(5, TimeUnit.SECONDS)).isEqualTo("Yes.");
    }

    assertThat(model.seen.getLast()).containsExactly(UserMessage.from("Are you there?"));
  }

  @Test
  void pain06_toolCalledWithWrongArguments_leavesNoCallBehind() {
    var wrong =
        ToolExecutionRequest.builder().id("1").name("pause").arguments("{\"minutes\":\"x\"}");
    var model = new Scripted(AiMessage.from(wrong.build()));
    Assistant assistant = service(model);
    assertThatThrownBy(() -> assistant.chat("a", "Pause.")).isNotNull();
    model.answers.add(AiMessage.from("Hi."));
    assistant.chat("a", "Hello.");

    assertThat(model.seen.getLast()).containsExactly(UserMessage.from("Hello."));
  }

  @Test
  void pain08_textAndCallsInOneAnswer_comeBackAsTheyWere() {
    EpisodicChatMemory chat = memories.get("a");
    var both =
        AiMessage.builder()
            .text("Let me look.")
            .toolExecutionRequests(List.of(request("clock", "1")))
            .build();
    chat.add(UserMessage.from("What time is it?"));
    chat.add(both);
    chat.add(ToolExecutionResultMessage.from(request("clock", "1"), "ten"));
    chat.add(AiMessage.from("It is ten."));
    close();
    open();

    assertThat(memories.get("a").messages().get(1)).isEqualTo(both);
  }

  @Test
  void pain09_eachTurn_isAppendedAndNothingRewritten() {
    EpisodicChatMemory chat = memories.get("a");
    say(chat, "one", "1");
    LoggedTurn first = memory.log().latest(chat.conversation(), 1).getFirst();
    say(chat, "two", "2");

    assertThat(memory.log().turn(first.sequence())).contains(first);
    assertThat(memory.log().size(chat.conversation())).isEqualTo(2);
  }

  @Test
  void pain10_callersList_isNotTheMemorysOwn() {
    EpisodicChatMemory chat = memories.get("a");
    var mine = new ArrayList<ChatMessage>(List.of(UserMessage.from("one"), AiMessage.from("1")));
    chat.set(mine);
    mine.clear();

    assertThat(chat.messages()).hasSize(2);
  }

  @Test
  void pain11_evictedTurns_areStillInTheHistory() {
    EpisodicChatMemory chat = memories.get("a");
    for (int i = 0; i < 5; i++) {
      say(chat, "question " + i, "answer " + i);
    }
    assertThat(chat.messages()).hasSize(4);
    assertThat(memory.log().turns(chat.conversation())).hasSize(5);
  }

  @Test
  void pain13_estimatorThatFailsOnNothing_isNeverAskedAboutNothing() {
    var chat = memories(new Window.Tokens(6, new FailsOnNothing())).get("a");
    assertThat(chat.messages()).isEmpty();
    for (int i = 0; i < 5; i++) {
      say(chat, "question " + i, "answer " + i);
    }
    assertThat(chat.messages()).hasSize(6);
  }

  @Test
  void pain14_retrievedText_isNeitherStoredNorFoundAgain() {
    say(memories.get("a"), "My parrot is called Gustav.", "Noted.");
    say(memories.get("a"), "I like tea.", "Noted.");
    say(memories.get("a"), "I like rain.", "Noted.");
    Recollection past = Recollections.over(memory, 100);
    memories = memories(new Window.Turns(2), past);
    var model = new Scripted(call("clock", "1"), AiMessage.from("Gustav."));
    AiServices.builder(Assistant.class)
        .chatModel(model)
        .tools(new Clocks())
        .chatMemoryProvider(memories)
        .retrievalAugmentor(new EpisodicRetrievalAugmentor(ACME, past))
        .storeRetrievedContentInChatMemory(false)
        .build()
        .chat("a", "What is my parrot called?");

    var asked = (UserMessage) model.seen.getFirst().getLast();
    assertThat(asked.singleText())
        .startsWith("<recalled_memory>")
        .contains("Gustav")
        .endsWith("What is my parrot called?");
    assertThat(model.seen.getLast()).as("the second round of the tool loop").contains(asked);
    assertThat(memories.get("a").messages())
        .contains(UserMessage.from("What is my parrot called?"))
        .doesNotContain(asked);
  }

  @Test
  void pain15_attributes_comeBack() {
    var user =
        UserMessage.builder()
            .name("ada")
            .addContent(dev.langchain4j.data.message.TextContent.from("hello"))
            .attributes(Map.of("trace", "7"))
            .build();
    EpisodicChatMemory chat = memories.get("a");
    chat.add(user);
    chat.add(AiMessage.from("hi"));
    close();
    open();

    assertThat(memories.get("a").messages().getFirst()).isEqualTo(user);
  }

  @Test
  void pain17_changedSystemMessage_staysInFrontAndRolesAlternate() {
    EpisodicChatMemory chat = memories.get("a");
    chat.add(SystemMessage.from("Be brief."));
    say(chat, "one", "1");
    chat.add(SystemMessage.from("Be kind."));
    say(chat, "two", "2");

    assertThat(chat.messages())
        .containsExactly(
            SystemMessage.from("Be kind."),
            UserMessage.from("one"),
            AiMessage.from("1"),
            UserMessage.from("two"),
            AiMessage.from("2"));
  }

  @Test
  void pain18_recalledText_standsBehindThePrefixThatStays() {
    var chat =
        memories(
                new Window.Turns(4),
                (conversation, asked) -> "<past>" + asked.singleText() + "</past>")
            .get("a");
    chat.add(SystemMessage.from("Be brief."));
    say(chat, "one", "1");
    List<ChatMessage> prefix = chat.messages();
    chat.add(UserMessage.from("two"));

    assertThat(chat.messages().subList(0, prefix.size())).isEqualTo(prefix);
    assertThat(((UserMessage) chat.messages().getLast()).singleText()).startsWith("<past>");
  }

  @Test
  void pain19_rememberingATurn_asksNoModel() {
    var model = new Scripted(AiMessage.from("Noted."));
    service(model).chat("a", "My parrot is called Gustav.");
    memory.catchUp();

    assertThat(model.seen).hasSize(1);
  }

  @Test
  void pain20_erasedConversation_takesNobodyElsesWithIt() {
    say(memories.get("a"), "a secret", "ok");
    say(memories.get("ab"), "mine", "ok");
    var others = new EpisodicChatMemoryProvider(MemorySettings.of(memory.log(), new Tenant("b")));
    say(others.get("a"), "theirs", "ok");
    memory.forget(new Erasure.OfConversation(memories.get("a").conversation()));

    assertThat(memory.log().turns(memories.get("a").conversation())).isEmpty();
    assertThat(memories.get("ab").messages()).hasSize(2);
    assertThat(others.get("a").messages()).hasSize(2);
    assertThatThrownBy(() -> memories.get("default")).hasMessageContaining("@MemoryId");
  }

  @Test
  void pain21_pendingCall_isShownWhateverTheWindow() {
    var chat = memories(new Window.Turns(0)).get("a");
    say(chat, "hello", "hi");
    chat.add(UserMessage.from("Delete it all."));
    chat.add(call("confirm", "1"));

    assertThat(chat.messages())
        .containsExactly(UserMessage.from("Delete it all."), call("confirm", "1"));
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** What the assistant can look at. */
  static final class Clocks {
    @Tool
    String clock() {
      return "ten";
    }

    @Tool
    String pause(@P(name = "minutes", value = "how many") int minutes) {
      return "paused for " + minutes;
    }
  }

  private Assistant service(ChatModel model) {
    return AiServices.builder(Assistant.class)
        .chatModel(model)
        .tools(new Clocks())
        .chatMemoryProvider(memories)
        .build();
  }

  private EpisodicChatMemoryProvider memories(Window window) {
    return memories(window, Recollection.NONE);
  }

  private EpisodicChatMemoryProvider memories(Window window, Recollection recollection) {
    return new EpisodicChatMemoryProvider(
        MemorySettings.of(memory.log(), ACME).with(window).with(recollection));
  }

  private static void say(EpisodicChatMemory chat, String question, String answer) {
    chat.add(UserMessage.from(question));
    chat.add(AiMessage.from(answer));
  }

  /** A turn with so many rounds of one call. */
  private static void tooled(EpisodicChatMemory chat, String question, int rounds) {
    chat.add(UserMessage.from(question));
    for (int i = 0; i < rounds; i++) {
      chat.add(call("clock", question + i));
      chat.add(ToolExecutionResultMessage.from(request("clock", question + i), "ten"));
    }
    chat.add(AiMessage.from("done"));
  }

  private static AiMessage call(String tool, String id) {
    return AiMessage.from(request(tool, id));
  }

  private static ToolExecutionRequest request(String tool, String id) {
    return ToolExecutionRequest.builder().id(id).name(tool).arguments("{}").build();
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

  /** Says what it was told to, and keeps what it was sent. */
  private static final class Scripted implements ChatModel {
    private final ArrayDeque<AiMessage> answers;
    private final List<List<ChatMessage>> seen = new ArrayList<>();

    Scripted(AiMessage... answers) {
      this.answers = new ArrayDeque<>(List.of(answers));
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
      seen.add(request.messages());
      if (answers.isEmpty()) {
        throw new IllegalStateException("no answer left");
      }
      return ChatResponse.builder().aiMessage(answers.poll()).build();
    }
  }

  private static final class FailsOnNothing implements TokenCountEstimator {
    @Override
    public int estimateTokenCountInText(String text) {
      return 1;
    }

    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
      return 1;
    }

    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
      int count = 0;
      for (ChatMessage ignored : messages) {
        count++;
      }
      if (count == 0) {
        throw new IllegalArgumentException("nothing to count");
      }
      return count;
    }
  }
}
