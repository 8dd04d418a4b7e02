package io.madeleine.langchain4j.hosted.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.HostedSetting;
import io.madeleine.langchain4j.hosted.HostedTtl;
import io.madeleine.langchain4j.hosted.PriceSheet;
import io.madeleine.langchain4j.memory.EpisodicChatMemoryProvider;
import io.madeleine.langchain4j.memory.MemorySettings;
import io.madeleine.langchain4j.memory.Window;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which requests are one conversation, and what is held of it. */
final class HostedConversationsTest {

  private static final PriceSheet SHEET = PriceSheet.bundled();
  private static final Tenant ACME = new Tenant("acme");

  private static final String OPENAI_ANSWER =
      """
      {"id":"1","object":"chat.completion","created":1,"model":"gpt-5","choices":[{"index":0,"finish_reason":"stop",
        "message":{"role":"assistant","content":"Hello."}}],
       "usage":{"prompt_tokens":2000,"completion_tokens":10,"total_tokens":2010}}
      """;

  private static final String ANTHROPIC_ANSWER =
      """
      {"content":[{"type":"text","text":"Hello."}],"usage":{"input_tokens":4,"cache_creation_input_tokens":6000,
        "cache_creation":{"ephemeral_1h_input_tokens":6000},"output_tokens":20}}
      """;

  @TempDir Path directory;
  private final List<String> keys = new ArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private final HostedCaching openAi = caching(HostedProvider.OPENAI);
  private TurnLog log;

  @BeforeEach
  void open() {
    log = TurnLog.open(directory, Clock.systemUTC());
  }

  @AfterEach
  void close() {
    log.close();
  }

  /** Somebody who remembers. */
  interface Assistant {
    String chat(@MemoryId String id, @UserMessage String text);
  }

  @Test
  void aiService_windowThatSlides_isOneConversation() {
    Assistant assistant = assistant("Be brief.");
    for (int i = 0; i < 25; i++) {
      assistant.chat("ada", "Question " + i + "?");
    }

    assertThat(keys).hasSize(25).containsOnly(keys.getFirst());
    assertThat(openAi.costs()).hasSize(1);
    assertThat(openAi.costs().getFirst().requests()).isEqualTo(25);
  }

  @Test
  void aiService_otherMemoryOrInstruction_isAnotherConversation() {
    assistant("Be brief.").chat("ada", "Hello?");
    assistant("Be brief.").chat("bob", "Hello?");
    assistant("Be kind.").chat("ada", "Hello?");

    assertThat(keys).doesNotHaveDuplicates().hasSize(3);
    assertThat(keys).noneMatch(key -> key.contains("ada") || key.contains("bob"));
  }

  /** Somebody who remembers, under ids of any class. */
  interface Anybody {
    String chat(@MemoryId Object id, @UserMessage String text);
  }

  /** Its text is the same for all: a class and a hash. */
  private static final class Nameless {
    @Override
    public int hashCode() {
      return 1;
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }
  }

  @Test
  void aiService_idsWithoutAText_areNotTakenForOneConversation() {
    Anybody anybody =
        AiServices.builder(Anybody.class)
            .chatModel(model())
            .chatMemoryProvider(id -> MessageWindowChatMemory.withMaxMessages(10))
            .build();
    anybody.chat(new Nameless(), "Hello, I am Ada.");
    anybody.chat(new Nameless(), "Hello, I am Bob.");

    assertThat(keys).doesNotHaveDuplicates().hasSize(2);
  }

  @Test
  void modelAskedByItself_behindAnAiService_isNotTakenForItsConversation() {
    assistant("Be brief.").chat("ada", "Hello?");
    model().chat("Hello?");

    assertThat(keys).doesNotHaveDuplicates().hasSize(2);
  }

  @Test
  void course_messagesThatBeginOtherwise_haveNothingAtTheProvider() {
    var course = new Course();
    course.begins("one");
    course.asks(new HostedSetting.Lifetime(HostedTtl.LONG), 5_000, 0);
    course.begins("one");
    assertThat(course.stable(1)).isEqualTo(5_000);
    course.begins("two");

    assertThat(course.stable(1)).isZero();
    assertThat(course.tokens).isZero();
  }

  @Test
  void keptAlive_requestItself_isHeldByNobody() {
    HostedCaching keeping = caching(HostedProvider.ANTHROPIC);
    WeakReference<HttpRequest> request = ask(keeping);

    for (int i = 0; i < 100 && request.get() != null; i++) {
      System.gc();
    }
    assertThat(request.get()).isNull();
    now.addAndGet(Duration.ofSeconds(285).toNanos());
    keeping.tend();
    assertThat(keeping.costs().getFirst().keepAlives()).isOne();
  }

  private static WeakReference<HttpRequest> ask(HostedCaching caching) {
    HttpRequest request =
        HttpRequest.builder()
            .method(HttpMethod.POST)
            .url("http://localhost/v1/messages")
            .body(
                "{\"system\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                    .formatted("The rules. ".repeat(2_000)))
            .build();
    caching.over(new Wire(ANTHROPIC_ANSWER, new ArrayList<>())).build().execute(request);
    return new WeakReference<>(request);
  }

  private HostedCaching caching(HostedProvider provider) {
    return new HostedCaching(
        ACME,
        "secret",
        SHEET.of(provider, "").orElseThrow(),
        SHEET.asOf(),
        /* mayKeepForADay= */ false,
        now::get,
        HostedCaching.Keeping.ALIVE);
  }

  private Assistant assistant(String rule) {
    var memories =
        new EpisodicChatMemoryProvider(MemorySettings.of(log, ACME).with(new Window.Turns(20)));
    return AiServices.builder(Assistant.class)
        .chatModel(model())
        .systemMessageProvider(id -> rule)
        .chatMemoryProvider(memories)
        .build();
  }

  private OpenAiChatModel model() {
    return OpenAiChatModel.builder()
        .baseUrl("http://localhost")
        .apiKey("key")
        .modelName("gpt-5")
        .httpClientBuilder(openAi.over(new Wire(OPENAI_ANSWER, keys)))
        .build();
  }

  /** Answers by itself and keeps the keys of what it was sent. */
  private record Wire(String answer, List<String> keys) implements HttpClientBuilder, HttpClient {
    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
      keys.add(new Fields(Json.parse(request.body())).text("prompt_cache_key"));
      return SuccessfulHttpResponse.builder().statusCode(200).body(answer).build();
    }

    @Override
    public void execute(
        HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
      throw new UnsupportedOperationException("nobody asks for a stream here");
    }

    @Override
    public Duration connectTimeout() {
      return Duration.ofSeconds(1);
    }

    @Override
    public HttpClientBuilder connectTimeout(Duration timeout) {
      return this;
    }

    @Override
    public Duration readTimeout() {
      return Duration.ofSeconds(1);
    }

    @Override
    public HttpClientBuilder readTimeout(Duration timeout) {
      return this;
    }

    @Override
    public HttpClient build() {
      return this;
    }
  }
}
