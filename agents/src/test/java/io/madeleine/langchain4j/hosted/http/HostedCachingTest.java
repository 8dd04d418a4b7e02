package io.madeleine.langchain4j.hosted.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpServer;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpMethod;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.jdk.JdkHttpClientBuilder;
import dev.langchain4j.model.openai.OpenAiChatModel;
import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.CacheUsage;
import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.PriceSheet;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as providers would see them, on a local server that answers in recorded shapes. */
final class HostedCachingTest {

  private static final PriceSheet SHEET = PriceSheet.bundled();
  private static final String LONG = "The rules. ".repeat(2_000);

  private static final String OPENAI_ANSWER =
      """
      {"id":"1","object":"chat.completion","created":1,"model":"gpt-5","choices":[{"index":0,"finish_reason":"stop",
        "message":{"role":"assistant","content":"Hello."}}],
       "usage":{"prompt_tokens":2000,"completion_tokens":10,"total_tokens":2010,"prompt_tokens_details":{"cached_tokens":1024}}}
      """;

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
  void anthropic_toolLoop_marksAnHourWhereLittleIsNewAndFiveMinutesWhereMuchIs() {
    HostedCaching caching = caching(HostedProvider.ANTHROPIC, "acme");
    answer =
        """
        {"content":[{"type":"tool_use","id":"t1","name":"grep","input":{}}],
         "usage":{"input_tokens":4,"cache_read_input_tokens":0,"cache_creation_input_tokens":6000,
          "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":6000},"output_tokens":20}}
        """;
    post(caching, anthropic(""));
    now.addAndGet(Duration.ofSeconds(2).toNanos());
    String little = round("found");
    post(caching, anthropic(little));
    now.addAndGet(Duration.ofSeconds(2).toNanos());
    post(caching, anthropic(little + round("found ".repeat(5_000))));

    assertThat(lives(body(0))).containsOnly("5m").hasSize(3);
    assertThat(lives(body(1))).containsOnly("1h").hasSize(4);
    assertThat(lives(body(2))).containsOnly("5m").hasSize(4);
    assertThat(body(1).list("messages").get(1).value().write()).doesNotContain("cache_control");
    assertThat(caching.gaps().quantile("grep", 0.5)).hasValue(2);
    HostedCaching.Cost cost = caching.costs().getFirst();
    assertThat(cost.requests()).isEqualTo(3);
    assertThat(cost.keepAlives()).isZero();
    assertThat(cost.usage().longWritten()).isEqualTo(18_000);
    assertThat(cost.dollars()).isCloseTo((18_000 * 2 * 3 + 12 * 3 + 60 * 15) / 1e6, within(1e-9));
    assertThat(cost.pricesAsOf()).isEqualTo(SHEET.asOf());
    assertThat(cost.lastDecision()).contains("PT1H", "PT5M");
  }

  @Test
  void anthropic_deferredTools_areNotMarked() {
    String deferred = "{\"name\":\"find\",\"input_schema\":{},\"defer_loading\":true}";
    String usual = "{\"name\":\"grep\",\"input_schema\":{}}";
    post(
        caching(HostedProvider.ANTHROPIC, "acme"),
        anthropic("").replace(usual, usual + "," + deferred));
    post(caching(HostedProvider.ANTHROPIC, "acme"), anthropic("").replace(usual, deferred));

    assertThat(body(0).list("tools")).extracting(HostedCachingTest::life).containsExactly("5m", "");
    assertThat(body(1).list("tools")).extracting(HostedCachingTest::life).containsExactly("");
    assertThat(life(body(1).list("system").getLast())).isEqualTo("5m");
  }

  private static String round(String result) {
    return """
    ,{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"grep","input":{}}]},
     {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"%s"}]}
    """
        .formatted(result);
  }

  /** {@return the lives of all markers: after the tools, the instruction and some messages} */
  private static List<String> lives(Fields body) {
    var lives = new ArrayList<String>();
    lives.add(life(body.list("tools").getLast()));
    lives.add(life(body.list("system").getLast()));
    for (Fields message : body.list("messages")) {
      message.list("content").stream()
          .map(HostedCachingTest::life)
          .filter(life -> !life.isEmpty())
          .forEach(lives::add);
    }
    return lives;
  }

  @Test
  void anthropic_keptAlive_readsTheAnsweredPromptAgainShortlyBeforeItLapses() {
    HostedCaching caching = keepingAlive();
    answer = anthropicAnswer("{\"type\":\"text\",\"text\":\"It is there.\"}");
    post(caching, anthropic(""));
    now.addAndGet(Duration.ofSeconds(270).toNanos());
    caching.tend();
    assertThat(seen).hasSize(1);
    now.addAndGet(Duration.ofSeconds(12).toNanos());
    caching.tend();
    caching.tend();

    assertThat(seen).hasSize(2);
    Fields sent = body(1);
    assertThat(life(body(0).list("messages").getFirst().list("content").getLast())).isEqualTo("5m");
    assertThat(sent.count("max_tokens")).isOne();
    assertThat(sent.has("stream")).isFalse();
    Fields answered = sent.list("messages").get(1);
    assertThat(answered.text("role")).isEqualTo("assistant");
    assertThat(answered.list("content").getLast().text("text")).isEqualTo("It is there.");
    assertThat(life(answered.list("content").getLast())).isEqualTo("1h");
    assertThat(seen.get(1).split("cache_control", -1)).hasSize(2);
    assertThat(sent.list("messages").getLast().text("role")).isEqualTo("user");
    HostedCaching.Cost cost = caching.costs().getFirst();
    assertThat(cost.requests()).isOne();
    assertThat(cost.keepAlives()).isOne();
    assertThat(cost.usage().longWritten()).isEqualTo(2 * 6_000);
  }

  @Test
  void anthropic_keptAliveWhileAToolRuns_bringsAResultForEveryCall() {
    HostedCaching caching = keepingAlive();
    answer =
        anthropicAnswer("{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"grep\",\"input\":{}}");
    post(caching, anthropic(""));
    now.addAndGet(Duration.ofSeconds(285).toNanos());
    caching.tend();

    Fields last = body(1).list("messages").getLast().list("content").getFirst();
    assertThat(last.text("type")).isEqualTo("tool_result");
    assertThat(last.text("tool_use_id")).isEqualTo("t1");
  }

  @Test
  void anthropic_lapsedOrGivenUpOrThinking_isNotReadAgain() {
    HostedCaching late = keepingAlive();
    answer = anthropicAnswer("{\"type\":\"text\",\"text\":\"It is there.\"}");
    post(late, anthropic(""));
    now.addAndGet(Duration.ofSeconds(301).toNanos());
    late.tend();
    HostedCaching thinking = keepingAlive();
    post(thinking, anthropic("").replace("\"system\"", "\"thinking\":{},\"system\""));
    now.addAndGet(Duration.ofSeconds(285).toNanos());
    thinking.tend();
    HostedCaching asAsked = caching(HostedProvider.ANTHROPIC, "acme");
    post(asAsked, anthropic(""));
    now.addAndGet(Duration.ofSeconds(285).toNanos());
    asAsked.tend();
    assertThat(seen).hasSize(3);

    now.addAndGet(Duration.ofDays(2).toNanos());
    late.tend();
    assertThat(late.gaps().outlasts(HostedCaching.PERSON, 1_000)).isOne();
  }

  @Test
  void keepAliveRequest_ofAStream_putsTheAnswerTogether() {
    List<Json> events =
        Stream.of(
                "{'index':0,'content_block':{'type':'text','text':''}}",
                "{'index':0,'delta':{'type':'text_delta','text':'It is '}}",
                "{'index':0,'delta':{'type':'text_delta','text':'there.'}}",
                "{'index':1,'content_block':{'type':'tool_use','id':'t','name':'grep','input':{}}}",
                "{'index':1,'delta':{'type':'input_json_delta','partial_json':'{\\\"a\\\":1}'}}")
            .map(event -> Json.parse(event.replace('\'', '"')))
            .toList();

    Fields body = new Fields(KeepAliveRequest.of(Json.parse(anthropic("")), events).orElseThrow());

    List<Fields> content = body.list("messages").get(1).list("content");
    assertThat(content.get(0).text("text")).isEqualTo("It is there.");
    assertThat(content.get(1).at("input").count("a")).isOne();
  }

  private HostedCaching keepingAlive() {
    return new HostedCaching(
        new Tenant("acme"),
        "secret",
        SHEET.of(HostedProvider.ANTHROPIC, "").orElseThrow(),
        SHEET.asOf(),
        /* mayKeepForADay= */ false,
        now::get,
        HostedCaching.Keeping.ALIVE);
  }

  private static String anthropicAnswer(String block) {
    return """
    {"content":[%s],"usage":{"input_tokens":4,"cache_creation_input_tokens":6000,
      "cache_creation":{"ephemeral_1h_input_tokens":6000},"output_tokens":20}}
    """
        .formatted(block);
  }

  @Test
  void openAi_langChain4jModel_sendsOneKeyForAConversationAndAnotherForEachTenant() {
    answer = OPENAI_ANSWER;
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
  void openAi_oneInstructionAndTwoFirstQuestions_areTwoConversations() {
    answer = OPENAI_ANSWER;
    HostedCaching caching = caching(HostedProvider.OPENAI, "acme");
    SystemMessage rules = SystemMessage.from(LONG);
    var first = new ArrayList<ChatMessage>(List.of(rules, UserMessage.from("Who are you?")));
    first.add(model(caching).chat(first).aiMessage());
    model(caching).chat(List.of(rules, UserMessage.from("What is the time?")));
    first.add(UserMessage.from("And then?"));
    model(caching).chat(first);

    String key = body(0).text("prompt_cache_key");
    assertThat(body(1).text("prompt_cache_key")).isNotEqualTo(key);
    assertThat(body(2).text("prompt_cache_key")).isEqualTo(key);
    assertThat(caching.costs()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'instructions':'%s','input':[{'role':'user','content':'Hi'}]}",
        "{'input':[{'role':'developer','content':'%s'},{'role':'user','content':'Hi'}]}",
        "{'systemInstruction':{'parts':[{'text':'%s'}]},'contents':[{'role':'user','parts':[{'text':'Hi'}]}]}",
      })
  void anyProvider_otherInstruction_isAnotherConversation(String asking) {
    HostedCaching caching = caching(HostedProvider.OPENAI, "acme");
    for (String rule : List.of("Be brief.", "Be kind.", "Be brief.")) {
      post(caching, asking.replace('\'', '"').formatted(rule));
    }

    assertThat(caching.costs()).hasSize(2);
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
  void bedrock_converse_getsCachePointsWithOneLife() {
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
             {"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"text":"found"}]}}]}
            """));

    Fields sent = body(1);
    assertThat(sent.list("system").getLast().at("cachePoint").text("ttl")).isEqualTo("1h");
    assertThat(sent.list("messages").get(2).list("content").getLast().at("cachePoint").text("ttl"))
        .isEqualTo("1h");
  }

  @Test
  void somethingElse_passesAsItIs() {
    HostedCaching caching = caching(HostedProvider.OPENAI, "acme");
    post(caching, "{\"input\":\"embed me\"}");
    post(caching, "no JSON");
    post(caching, "{\"input\":[\"embed me\",\"and me\"]}");

    assertThat(seen.get(0)).endsWith("{\"input\":\"embed me\"}");
    assertThat(seen.get(1)).endsWith("no JSON");
    assertThat(seen.get(2)).endsWith("{\"input\":[\"embed me\",\"and me\"]}");
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
