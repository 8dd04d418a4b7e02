package io.madeleine.langchain4j.hosted.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.PriceSheet;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is forgotten is not sent to a provider again to be kept alive there. */
final class ForgottenPromptsTest {

  private static final PriceSheet SHEET = PriceSheet.bundled();
  private static final ConversationKey ADA = ConversationKey.of("acme", "ada");
  private static final ConversationKey BOB = ConversationKey.of("acme", "bob");

  /** LangChain4j's model of OpenAI reads one half of it, a caching for Anthropic the other. */
  private static final String ANSWER =
      """
      {"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop",
        "message":{"role":"assistant","content":"Hello."}}],
       "content":[{"type":"text","text":"Hello."}],
       "usage":{"input_tokens":4,"cache_creation_input_tokens":6000,"output_tokens":20}}
      """;

  @TempDir Path directory;
  private final AtomicLong now = new AtomicLong();
  private final AtomicBoolean forgetsOnTheWay = new AtomicBoolean();
  private final ScriptedWire wire = new ScriptedWire(this::answer);
  private final HostedCaching caching =
      new HostedCaching(
          ADA.tenant(),
          "secret",
          SHEET.of(HostedProvider.ANTHROPIC, "").orElseThrow(),
          SHEET.asOf(),
          /* mayKeepForADay= */ false,
          now::get,
          HostedCaching.Keeping.ALIVE);
  private Memory memory;

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @UserMessage String text);
  }

  @BeforeEach
  void open() {
    memory = Memory.open(directory, Clock.systemUTC(), MemoryOptions.DEFAULT);
    memory.alsoErase(caching);
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private String answer(Fields body) {
    if (forgetsOnTheWay.get()) {
      memory.forget(new Erasure.OfConversation(ADA));
    }
    return ANSWER;
  }

  /** Ada and Bob talk, and both keep silent until their prompts are to be kept alive. */
  private EpisodicChatMemoryProvider talk() {
    var memories =
        new EpisodicChatMemoryProvider(MemorySettings.of(memory.log(), ADA.tenant()).with(memory));
    Assistant assistant =
        AiServices.builder(Assistant.class)
            .chatModel(
                OpenAiChatModel.builder()
                    .baseUrl("http://localhost")
                    .apiKey("key")
                    .modelName("m")
                    .httpClientBuilder(caching.over(wire))
                    .build())
            .systemMessageProvider(_ -> "The rules. ".repeat(2_000))
            .chatMemoryProvider(memories)
            .build();
    assistant.chat("ada", "I am Ada.");
    assistant.chat("bob", "I am Bob.");
    now.addAndGet(Duration.ofSeconds(285).toNanos());
    return memories;
  }

  /** {@return who is heard of again} */
  private List<String> keptAlive() {
    wire.seen.clear();
    caching.tend();
    return wire.seen.stream()
        .map(body -> body.value().write().contains("I am Ada.") ? "Ada" : "Bob")
        .toList();
  }

  @Test
  void nothingForgotten_bothAreKeptAlive() {
    talk();

    assertThat(keptAlive()).containsExactlyInAnyOrder("Ada", "Bob");
  }

  @Test
  void conversationForgotten_itsPromptIsNotSentAgain() {
    talk();
    ForgetReceipt receipt = memory.forget(new Erasure.OfConversation(ADA));

    ForgetReceipt.Erased erased = receipt.places().getLast();
    assertThat(erased.place()).isEqualTo("hosted caches");
    assertThat(erased.items()).isOne();
    assertThat(erased.goneBy()).isEqualTo(receipt.at().plus(Duration.ofHours(1)));
    assertThat(keptAlive()).containsExactly("Bob");
    assertThat(caching.costs()).hasSize(1);
  }

  @Test
  void chatMemoryCleared_itsPromptIsNotSentAgain() {
    talk().get("ada").clear();

    assertThat(keptAlive()).containsExactly("Bob");
  }

  @Test
  void turnForgotten_itsPromptIsNotSentAgainAndItsCostStays() {
    talk();
    long sequence = memory.log().turns(BOB).getFirst().sequence();
    memory.forget(new Erasure.OfTurn(BOB, sequence));

    assertThat(keptAlive()).containsExactly("Ada");
    assertThat(caching.costs()).hasSize(2);
  }

  @Test
  void timeOrTenantForgotten_nothingIsSentAgain() {
    talk();
    memory.forget(new Erasure.OfTime(ADA.tenant(), Instant.EPOCH, Instant.EPOCH));
    assertThat(keptAlive()).isEmpty();
    talk();
    memory.forget(new Erasure.OfTenant(ADA.tenant()));

    assertThat(keptAlive()).isEmpty();
    assertThat(caching.costs()).isEmpty();
  }

  @Test
  void otherTenantForgotten_bothAreKeptAlive() {
    talk();
    ForgetReceipt receipt = memory.forget(new Erasure.OfTenant(new Tenant("umbrella")));

    assertThat(receipt.goneBy()).isBefore(receipt.at().plus(Duration.ofHours(1)));
    assertThat(keptAlive()).containsExactlyInAnyOrder("Ada", "Bob");
  }

  @Test
  void conversationForgottenWhileItsAnswerIsOnItsWay_nothingOfThatIsSentAgain() {
    forgetsOnTheWay.set(true);
    talk();

    assertThat(keptAlive()).isEmpty();
  }

  @Test
  void askedByNoAiService_goesWithAnythingForgotten() {
    caching
        .over(wire)
        .build()
        .execute(
            ScriptedWire.post(
                "{\"system\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"I am Ada.\"}]}"
                    .formatted("The rules. ".repeat(2_000))));
    now.addAndGet(Duration.ofSeconds(285).toNanos());
    memory.forget(new Erasure.OfConversation(BOB));

    assertThat(keptAlive()).isEmpty();
    assertThat(caching.costs()).hasSize(1);
  }
}
