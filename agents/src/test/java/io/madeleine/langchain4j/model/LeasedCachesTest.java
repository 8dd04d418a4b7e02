package io.madeleine.langchain4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.madeleine.conversation.completion.CacheKeeping;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.pause.PauseOptions;
import io.madeleine.memory.pause.PauseView;
import io.madeleine.memory.retention.GapFile;
import io.madeleine.memory.retention.GapRecorder;
import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real model calls a tool; its cache is leased while the tool runs. The clock is the test's. */
final class LeasedCachesTest {

  private static final Tenant ACME = new Tenant("acme");
  private static final String ASK = "What is the weather in Oslo?";

  @TempDir static Path models;
  private static ReadyModel pocket;

  @TempDir Path disk;
  private final AtomicLong now = new AtomicLong();
  private Completions completions;

  @BeforeAll
  static void open() {
    pocket =
        ReadyModel.open(
            PocketModel.installTo(models),
            Clock.systemUTC(),
            EngineOptions.defaults(),
            1 << 28,
            Long.MAX_VALUE);
  }

  @AfterAll
  static void closeModel() {
    pocket.close();
  }

  @BeforeEach
  void start() {
    completions = open(disk);
  }

  private Completions open(Path directory) {
    var leases =
        new PauseOptions(
            new RetentionPolicy.Fixed(5), new RetentionPolicy.Fixed(600), 1 << 27, 1_800, 0);
    return new Completions(
        pocket,
        SchedulerOptions.DEFAULT,
        KvType.F16,
        1 << 28,
        new CacheKeeping(
            leases, Optional.of(directory), 1 << 28, Duration.ZERO, now::get, Clock.systemUTC()));
  }

  @AfterEach
  void close() {
    completions.close();
  }

  @Test
  void toolCall_runs_cacheIsLeasedUntilItsResultComes() {
    var messages = new ArrayList<ChatMessage>(List.of(UserMessage.from(ASK)));
    AiMessage call = chat(ACME, messages).aiMessage();
    PauseView pinned = completions.pauses().waiting(ACME).getFirst();
    assertThat(pinned.tools()).isEqualTo("weather");
    assertThat(pinned.secondsLeft()).isEqualTo(5);
    assertThat(pinned.why()).contains("weather", "leased for 5");
    assertThat(completions.isResident(pinned.program())).isTrue();

    now.addAndGet(Duration.ofSeconds(3).toNanos());
    ChatResponse answer = chat(ACME, result(messages, call));

    assertThat(completions.pauses().waiting(ACME)).isEmpty();
    assertThat(completions.pauses().gaps().quantile("weather", 0.5)).hasValue(3);
    assertThat(((MadeleineTokenUsage) answer.tokenUsage()).cachedInputTokenCount())
        .isGreaterThan(20);
  }

  @Test
  void toolCall_takesLongerThanItsLease_comesBackFromDiskWithoutBeingReadAgain() {
    var messages = new ArrayList<ChatMessage>(List.of(UserMessage.from(ASK)));
    ChatResponse first = chat(ACME, messages);
    completions.tend();
    assertThat(diskBytes()).isZero();
    now.addAndGet(Duration.ofSeconds(6).toNanos());
    completions.tend();
    assertThat(diskBytes()).isPositive();

    ChatResponse answer = chat(ACME, result(messages, first.aiMessage()));

    assertThat(((MadeleineTokenUsage) answer.tokenUsage()).cachedInputTokenCount())
        .isGreaterThanOrEqualTo(first.tokenUsage().inputTokenCount());
  }

  @Test
  void toolCall_processRestartsWhileItRuns_cacheIsFoundAgainAndTheAnswerIsTheSame() {
    var messages = new ArrayList<ChatMessage>(List.of(UserMessage.from(ASK)));
    ChatResponse first = chat(ACME, messages);
    List<ChatMessage> withResult = result(messages, first.aiMessage());
    Path copy = models.resolve("never-restarted");
    completions.close();
    completions = open(disk);

    ChatResponse after = chat(ACME, withResult);

    assertThat(((MadeleineTokenUsage) after.tokenUsage()).cachedInputTokenCount())
        .isGreaterThanOrEqualTo(first.tokenUsage().inputTokenCount());
    completions.close();
    completions = open(copy);
    assertThat(chat(ACME, withResult).aiMessage().text()).isEqualTo(after.aiMessage().text());
  }

  @Test
  void toolCall_returned_isStillKnownAfterARestartAndWithinMinutesAfterAKill() {
    var messages = new ArrayList<ChatMessage>(List.of(UserMessage.from(ASK)));
    AiMessage call = chat(ACME, messages).aiMessage();
    now.addAndGet(Duration.ofSeconds(3).toNanos());
    chat(ACME, result(messages, call));
    now.addAndGet(Duration.ofMinutes(6).toNanos());
    completions.tend();

    var afterAKill = new GapRecorder();
    GapFile.read(disk.resolve("tool-times"), afterAKill);
    assertThat(afterAKill.quantile("weather", 0.5)).hasValue(3);
    completions.close();
    completions = open(disk);
    assertThat(completions.pauses().gaps().quantile("weather", 0.5)).hasValue(3);
  }

  @Test
  void toolCall_hangs_programIsClosedAndLeavesMemory() {
    chat(ACME, List.of(UserMessage.from(ASK)));
    PauseView pinned = completions.pauses().waiting(ACME).getFirst();
    now.addAndGet(Duration.ofHours(1).toNanos());
    completions.tend();

    assertThat(completions.pauses().waiting(ACME)).isEmpty();
    assertThat(completions.isResident(pinned.program())).isFalse();
    assertThat(completions.memoryBytes()).isZero();
  }

  @Test
  void toolCall_userSaysSomethingElse_pauseEndsAndTeachesNothing() {
    var messages = new ArrayList<ChatMessage>(List.of(UserMessage.from(ASK)));
    messages.add(chat(ACME, messages).aiMessage());
    messages.add(ToolExecutionResultMessage.from(call(messages.getLast()), "never mind"));
    messages.add(UserMessage.from("Forget it."));
    chat(ACME, messages);

    assertThat(completions.pauses().waiting(ACME)).isEmpty();
    assertThat(completions.pauses().gaps().pauses()).isZero();
  }

  @Test
  void twoTenants_sameWords_leasesAndCachesStayApart() {
    var umbrella = new Tenant("umbrella");
    ChatResponse ours = chat(ACME, List.of(UserMessage.from(ASK)));
    ChatResponse theirs = chat(umbrella, List.of(UserMessage.from(ASK)));

    assertThat(((MadeleineTokenUsage) theirs.tokenUsage()).cachedInputTokenCount()).isZero();
    assertThat(completions.pauses().waiting(ACME)).hasSize(1);
    assertThat(completions.pauses().waiting(umbrella)).hasSize(1);
    // Another tenant that knows the id of our call does not end our pause.
    chat(umbrella, result(new ArrayList<>(List.of(UserMessage.from(ASK))), ours.aiMessage()));
    assertThat(completions.pauses().waiting(ACME)).hasSize(1);
    chat(umbrella, List.of(UserMessage.from(ASK)));
    completions.forget(ACME);
    assertThat(completions.pauses().waiting(ACME)).isEmpty();
    assertThat(completions.pauses().log(ACME)).isEmpty();
    assertThat(completions.pauses().waiting(umbrella)).hasSize(1);
  }

  @Test
  void hint_fromTheToolsAuthor_reachesTheDecision() {
    ToolSpecification slow = ToolSpecifications.toolSpecificationsFrom(new SlowTools()).getFirst();

    assertThat(ToolHints.of(request(List.of(UserMessage.from(ASK)), slow)))
        .isEqualTo(Map.of("weather", 40.0));
  }

  @Test
  void hint_thatIsNoNumber_isRefusedByName() {
    ToolSpecification wrong =
        weather().toBuilder().metadata(Map.of("expectedSeconds", "long")).build();
    var model = new MadeleineChatModel(ModelSettings.of(completions, pocket, ACME));

    assertThatThrownBy(() -> model.chat(request(List.of(UserMessage.from(ASK)), wrong)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("expectedSeconds of tool 'weather'");
  }

  /** A tool whose author knows that it is slow. */
  static final class SlowTools {
    @Tool(name = "weather", metadata = "{\"expectedSeconds\": 40}")
    String weather(String city) {
      return "rain in " + city;
    }
  }

  private long diskBytes() {
    return completions.diskBytes();
  }

  private ChatResponse chat(Tenant tenant, List<ChatMessage> messages) {
    var model = new MadeleineChatModel(ModelSettings.of(completions, pocket, tenant));
    return model.chat(request(messages, weather()));
  }

  private static ChatRequest request(List<ChatMessage> messages, ToolSpecification tool) {
    return ChatRequest.builder().messages(messages).toolSpecifications(tool).build();
  }

  private static List<ChatMessage> result(List<ChatMessage> messages, AiMessage call) {
    messages.add(call);
    messages.add(ToolExecutionResultMessage.from(call(call), "rain"));
    return messages;
  }

  private static ToolExecutionRequest call(ChatMessage message) {
    return ((AiMessage) message).toolExecutionRequests().getFirst();
  }

  private static ToolSpecification weather() {
    return ToolSpecification.builder()
        .name("weather")
        .description("Tells the weather of a city.")
        .parameters(JsonObjectSchema.builder().addStringProperty("city").required("city").build())
        .build();
  }
}
