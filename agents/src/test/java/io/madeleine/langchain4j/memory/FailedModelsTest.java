package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.TokenStream;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.call.Calls;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A streaming model fails behind its tools, and the AI service ignores that: nobody says that the
 * call is over, and whoever wraps the model may have another answer.
 */
@Timeout(60)
final class FailedModelsTest {

  private static final ConversationKey KEY = new ConversationKey(new Tenant("acme"), "a");

  @TempDir Path directory;
  private TurnLog log;
  private final HeldModel held = new HeldModel();
  private final Weather weather = new Weather();

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void nextQuestion_seesNothingOfAFailedTurnAndDoesNotLogIt() throws Exception {
    ChatMemory memory = Kept.MEMORY.memory(settings(), KEY);
    HeldModel.Asked failed = failedBehindItsTool(memory);
    start(memory, "And you?");
    HeldModel.Asked next = held.next();
    assertThat(next.request().messages()).containsExactly(UserMessage.from("And you?"));
    next.answer("I am well.");
    failed.answer("It rains, says another model too late.");

    assertThat(log.turns(KEY)).singleElement().satisfies(turn -> isOf(turn, "I am well.", 2));
    assertThat(memory.messages())
        .containsExactly(UserMessage.from("And you?"), AiMessage.from("I am well."));
  }

  /** A window shows what it was given; nobody takes a turn from anybody there. */
  @Test
  void nextQuestionOverTheStore_failedTurnIsNotLoggedUntilAnotherModelAnswers() throws Exception {
    ChatMemory memory = Kept.STORE.memory(settings(), KEY);
    HeldModel.Asked failed = failedBehindItsTool(memory);
    start(memory, "And you?");
    held.next().answer("I am well.");
    assertThat(log.turns(KEY)).singleElement().satisfies(turn -> isOf(turn, "I am well.", 2));
    failed.answer("It rains.");

    assertThat(log.turns(KEY)).hasSize(2);
    isOf(log.turns(KEY).getLast(), "It rains.", 4);
  }

  @ParameterizedTest
  @EnumSource
  void anotherModelAnswersBeforeSomebodyAsks_itsTurnIsWhole(Kept kept) throws Exception {
    ChatMemory memory = kept.memory(settings(), KEY);
    failedBehindItsTool(memory).answer("It rains.");

    assertThat(log.turns(KEY)).singleElement().satisfies(turn -> isOf(turn, "It rains.", 4));
  }

  @Test
  void anotherModelCallsATool_itsCallIsWaitedForAgain() throws Exception {
    ChatMemory memory = Kept.MEMORY.memory(settings(), KEY);
    HeldModel.Asked failed = failedBehindItsTool(memory);
    assertThat(weather.waitedFor.poll()).isTrue();
    failed.call("rain");

    assertThat(weather.waitedFor.poll()).as("while its tool runs").isTrue();
    held.next().answer("It rains.");
    isOf(log.turns(KEY).getFirst(), "It rains.", 6);
  }

  @Test
  void memoryOfAFailedTurn_isLetGoForOthersAndOneThatIsWaitedForIsNot() throws Exception {
    var memories = new EpisodicChatMemoryProvider(settings());
    EpisodicChatMemory failed = memories.get("failed");
    failedBehindItsTool(failed);
    EpisodicChatMemory open = memories.get("open");
    open.add(UserMessage.from("And you?"));
    for (int i = 0; i < EpisodicChatMemoryProvider.IN_USE; i++) {
      memories.get("another " + i);
    }

    assertThat(memories.get("open")).isSameAs(open);
    assertThat(memories.get("failed")).isNotSameAs(failed);
  }

  /** {@return the second request of a call, whose model has failed there} */
  private HeldModel.Asked failedBehindItsTool(ChatMemory memory) throws InterruptedException {
    start(memory, "Does it rain?");
    held.next().call("rain");
    HeldModel.Asked second = held.next();
    weather.calls.getLast().fail();
    second.handler().onError(new IllegalStateException("the request is too long"));
    return second;
  }

  private void start(ChatMemory memory, String question) {
    AiServices.builder(Assistant.class)
        .streamingChatModel(held)
        .tools(weather)
        .chatMemoryProvider(id -> memory)
        .build()
        .chat(KEY.id(), question)
        .onCompleteResponse(response -> {})
        .ignoreErrors()
        .start();
  }

  /** {@return settings under which a test fails that waits for another's turn} */
  private MemorySettings settings() {
    return MemorySettings.of(log, KEY.tenant()).with(Duration.ofDays(1));
  }

  private static void isOf(LoggedTurn turn, String answer, int messages) {
    assertThat(turn.messages()).hasSize(messages);
    assertThat(turn.messages().getLast().body().text()).isEqualTo(answer);
  }

  /** Somebody who remembers and tells his answer as he writes it. */
  interface Assistant {
    TokenStream chat(@MemoryId String id, @dev.langchain4j.service.UserMessage String text);
  }

  /** Keeps for which calls it runs. */
  static final class Weather {
    private final List<Call> calls = new ArrayList<>();
    private final Deque<Boolean> waitedFor = new ArrayDeque<>();

    @Tool
    String rain() {
      Call call = Calls.here().orElseThrow();
      calls.add(call);
      waitedFor.add(call.isWaitedFor());
      return "rain";
    }
  }
}
