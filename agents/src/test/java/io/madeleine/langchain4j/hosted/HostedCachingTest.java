package io.madeleine.langchain4j.hosted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpServer;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.jdk.JdkHttpClientBuilder;
import dev.langchain4j.model.openai.OpenAiChatModel;
import io.madeleine.engine.json.Json;
import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests as providers would see them, on a local server that answers in recorded shapes. */
final class HostedCachingTest {

  private static final PriceSheet SHEET = PriceSheet.bundled();
  private static final String LONG = "The rules. ".repeat(2_000);

  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private HttpServer server;
  private volatile String answer = "{}";

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body);
          byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void anthropic_toolLoop_marksAnHourUpToThePersonAndFiveMinutesBehind() {
    HostedCaching caching = caching(HostedProvider.ANTHROPIC, "acme");
    answer =
        """
        {"content":[{"type":"tool_use","id":"t1","name":"grep","input":{}}],
         "usage":{"input_tokens":4,"cache_read_input_tokens":0,"cache_creation_input_tokens":6000,
          "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":6000},"output_tokens":20}}
        """;
    post(caching, anthropic(""));
    now.addAndGet(Duration.ofSeconds(2).toNanos());
    post(
        caching,
        anthropic(
            """
            ,{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"grep","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"%s"}]}
            """
                .formatted("found ".repeat(500))));

    Fields second = body(1);
    assertThat(life(second.list("tools").getLast())).isEqualTo("1h");
    assertThat(life(second.list("system").getLast())).isEqualTo("1h");
    assertThat(life(second.list("messages").get(0).list("content").getLast())).isEqualTo("1h");
    assertThat(second.list("messages").get(1).value().write()).doesNotContain("cache_control");
    assertThat(life(second.list("messages").get(2).list("content").getLast())).isEqualTo("5m");
    assertThat(seen.get(1).split("cache_control", -1)).hasSize(1 + 4);
    assertThat(caching.gaps().quantile("grep", 0.5)).hasValue(2);
    HostedCaching.Cost cost = caching.costs().getFirst();
    assertThat(cost.requests()).isEqualTo(2);
    assertThat(cost.usage().longWritten()).isEqualTo(12_000);
    assertThat(cost.dollars()).isCloseTo((12_000 * 2 * 3 + 8 * 3 + 40 * 15) / 1e6, within(1e-9));
    assertThat(cost.pricesAsOf()).isEqualTo(SHEET.asOf());
    assertThat(cost.lastDecision()).contains("PT1H", "PT5M");
  }

  @Test
  void openAi_langChain4jModel_sendsOneKeyForAConversationAndAnotherForEachTenant() {
    answer =
        """
        {"id":"1","object":"chat.completion","created":1,"model":"gpt-5","choices":[{"index":0,"finish_reason":"stop",
          "message":{"role":"assistant","content":"Hello."}}],
         "usage":{"prompt_tokens":2000,"completion_tokens":10,"total_tokens":2010,"prompt_tokens_details":{"cached_tokens":1024}}}
        """;
    HostedCaching acme = caching(HostedProvider.OPENAI, "acme");
    var messages = new ArrayList<ChatMessage>(List.of(UserMessage.from(LONG)));
    messages.add(model(acme).chat(messages).aiMessage());
    now.addAndGet(Duration.ofSeconds(90).toNanos());
    messages.add(UserMessage.from("And then?"));
    model(acme).chat(messages);
    model(caching(HostedProvider.OPENAI, "umbrella")).chat(messages);

    String key = body(0).text("prompt_cache_key");
    assertThat(key).hasSize(32);
    assertThat(body(1).text("prompt_cache_key")).isEqualTo(key);
    assertThat(body(2).text("prompt_cache_key")).hasSize(32).isNotEqualTo(key);
    assertThat(acme.gaps().quantile(HostedCaching.PERSON, 0.5)).hasValue(90);
    assertThat(acme.costs()).hasSize(1);
    assertThat(acme.costs().getFirst().usage()).isEqualTo(new CacheUsage(1_952, 2_048, 0, 0, 20));
  }

  @Test
  void openAiFrom56_shortPrompt_saysThatNothingIsToBeWritten() {
    HostedCaching caching = caching(HostedProvider.OPENAI_EXPLICIT, "acme");
    post(caching, "{\"model\":\"gpt-5.6\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    post(
        caching,
        "{\"model\":\"gpt-5.6\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
            .formatted(LONG));

    assertThat(body(0).at("prompt_cache_options").text("mode")).isEqualTo("explicit");
    assertThat(body(1).at("prompt_cache_options").text("mode")).isEqualTo("implicit");
  }

  @Test
  void bedrock_converse_getsCachePointsInOrderOfTheirLife() {
    HostedCaching caching = caching(HostedProvider.BEDROCK, "acme");
    String asking =
        """
        {"system":[{"text":"%s"}],"messages":[{"role":"user","content":[{"text":"Find it."}]}%s]}
        """;
    post(caching, asking.formatted(LONG, ""));
    post(
        caching,
        asking.formatted(
            LONG,
            """
            ,{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"grep","input":{}}}]},
             {"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"text":"%s"}]}}]}
            """
                .formatted("found ".repeat(500))));

    Fields sent = body(1);
    assertThat(sent.list("system").getLast().at("cachePoint").text("ttl")).isEqualTo("1h");
    assertThat(sent.list("messages").get(2).list("content").getLast().at("cachePoint").text("ttl"))
        .isEqualTo("5m");
  }

  @Test
  void somethingElse_passesAsItIs() {
    HostedCaching caching = caching(HostedProvider.OPENAI, "acme");
    post(caching, "{\"input\":\"embed me\"}");
    post(caching, "no JSON");

    assertThat(seen.get(0)).endsWith("{\"input\":\"embed me\"}");
    assertThat(seen.get(1)).endsWith("no JSON");
    assertThat(caching.costs()).isEmpty();
  }

  @Test
  void gemini_cachedContent_isMadeProlongedAndDeletedOnce() {
    answer = "{\"name\":\"cachedContents/abc\",\"expireTime\":\"2026-11-22T00:00:00Z\"}";
    try (var client = java.net.http.HttpClient.newHttpClient();
        var caches = new GeminiCaches(client, base(), "key")) {
      String name =
          caches.create("models/gemini-2.5-pro", "{\"contents\":[]}", Duration.ofMinutes(15));
      caches.keep(name, Duration.ofMinutes(30));
      caches.delete(name);
    }

    assertThat(seen).hasSize(3);
    assertThat(seen.get(0)).startsWith("POST /cachedContents").contains("\"ttl\":\"900s\"");
    assertThat(seen.get(1))
        .startsWith("PATCH /cachedContents/abc?updateMask=ttl")
        .contains("\"ttl\":\"1800s\"");
    assertThat(seen.get(2)).startsWith("DELETE /cachedContents/abc");
  }

  private static String anthropic(String more) {
    return """
    {"model":"claude-sonnet","system":"%s","tools":[{"name":"grep","input_schema":{}}],
     "messages":[{"role":"user","content":"Find it."}%s]}
    """
        .formatted(LONG, more);
  }

  private static String life(Fields block) {
    return block.at("cache_control").text("ttl");
  }

  private Fields body(int index) {
    return new Fields(Json.parse(seen.get(index).split(" ", 3)[2]));
  }

  private HostedCaching caching(HostedProvider provider, String tenant) {
    return new HostedCaching(
        new Tenant(tenant),
        "secret",
        SHEET.of(provider, "").orElseThrow(),
        SHEET.asOf(),
        /* mayKeepForADay= */ false,
        now::get);
  }

  private URI base() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  private OpenAiChatModel model(HostedCaching caching) {
    return OpenAiChatModel.builder()
        .baseUrl(base().toString())
        .apiKey("key")
        .modelName("gpt-5")
        .httpClientBuilder(caching.over(new JdkHttpClientBuilder()))
        .build();
  }

  private void post(HostedCaching caching, String body) {
    HttpClient client = caching.over(new JdkHttpClientBuilder()).build();
    client.execute(
        HttpRequest.builder()
            .method(HttpMethod.POST)
            .url(base() + "/v1/messages")
            .body(body)
            .build());
  }
}
