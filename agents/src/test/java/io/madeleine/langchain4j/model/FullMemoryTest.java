package io.madeleine.langchain4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import io.madeleine.conversation.completion.Completing;
import io.madeleine.conversation.completion.CompletionRequest;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What somebody is told who finds no room: that it will never be there, or that it is not now. */
@Timeout(60)
final class FullMemoryTest {

  private static final Tenant ACME = new Tenant("acme");
  private static final int HELD = 128;

  @TempDir static Path data;
  private static ReadyModel pocket;

  @BeforeAll
  static void open() {
    pocket =
        ReadyModel.open(
            PocketModel.installTo(data),
            Clock.systemUTC(),
            EngineOptions.defaults(),
            1 << 28,
            Long.MAX_VALUE);
  }

  @AfterAll
  static void close() {
    pocket.close();
  }

  private static Completions small() {
    long bytes = pocket.transformer().kvShape().bytes(HELD, KvType.F16);
    return new Completions(pocket, SchedulerOptions.DEFAULT, KvType.F16, bytes);
  }

  private static MadeleineChatModel model(Completions completions) {
    return new MadeleineChatModel(ModelSettings.of(completions, pocket, ACME));
  }

  @Test
  void chat_memoryEndsBeforeTheAnswer_answersWhatThereIsRoomFor() {
    var schema =
        JsonRawSchema.from(
            """
            {"type":"object","properties":{"text":{"const":"%s"}},"required":["text"]}
            """
                .formatted("rain ".repeat(HELD)));
    ChatRequest request =
        ChatRequest.builder()
            .messages(UserMessage.from("What is the weather in Oslo?"))
            .responseFormat(
                ResponseFormat.builder()
                    .type(ResponseFormatType.JSON)
                    .jsonSchema(JsonSchema.builder().name("long").rootElement(schema).build())
                    .build())
            .build();
    try (var completions = small()) {
      ChatResponse response = model(completions).chat(request);

      assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(response.tokenUsage().totalTokenCount()).isEqualTo(HELD);
      assertThat(response.aiMessage().text()).contains("rain rain");
    }
  }

  @Test
  void chat_promptThatTheMemoryNeverHolds_isNotToBeAskedAgain() {
    try (var completions = small()) {
      MadeleineChatModel model = model(completions);
      assertThatThrownBy(() -> model.chat("What is my sister called? ".repeat(HELD)))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("the memory for keys and values holds %d".formatted(HELD - 1))
          .hasMessageContaining("give keys and values at least");
    }
  }

  @Test
  void chat_asManyAnswerAsMay_isToBeAskedLater() throws InterruptedException {
    var writes = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var oneAlone = new SchedulerOptions(1, 0, SchedulerOptions.DEFAULT.stepTokens());
    var asked = new CompletionRequest(ACME, List.of(new ChatMessage.User("What is my name?")));
    try (var busy = new Completions(pocket, oneAlone, KvType.F16, 1 << 28)) {
      Completing first =
          busy.start(
              asked,
              (part, chances) -> {
                writes.countDown();
                awaitQuietly(goOn);
              });
      try {
        assertThat(writes.await(50, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> model(busy).chat("What is my sister called?"))
            .isInstanceOf(RateLimitException.class)
            .hasMessageContaining("try again in about");
      } finally {
        goOn.countDown();
      }
      assertThat(first.done().join().message().text()).isNotEmpty();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
