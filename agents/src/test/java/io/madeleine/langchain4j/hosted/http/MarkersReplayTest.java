package io.madeleine.langchain4j.hosted.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.CacheUsage;
import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.PriceSheet;
import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import io.madeleine.memory.identity.Tenant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider reads and writes of conversations whose requests are no mere continuations. */
final class MarkersReplayTest {

  private static final PriceSheet SHEET = PriceSheet.bundled();
  private static final Price PRICE = SHEET.of(HostedProvider.ANTHROPIC, "").orElseThrow();
  private static final String RULES = "The rules. ".repeat(800);
  private static final String LONG = "It is so. ".repeat(800);
  private static final String GREP = "\"tools\":[{\"name\":\"grep\",\"input_schema\":{}}],";

  private final AtomicLong now = new AtomicLong();
  private final AnthropicCache provider = new AnthropicCache();
  private final List<Json> keptAlive = new ArrayList<>();
  private final HostedCaching caching =
      new HostedCaching(
          new Tenant("acme"),
          "secret",
          PRICE,
          SHEET.asOf(),
          /* mayKeepForADay= */ false,
          now::get,
          HostedCaching.Keeping.ALIVE);

  private String key = "\"prompt_cache_key\":\"ada\",";
  private String tools = "";
  private double paid;
  private double unmarked;

  @ParameterizedTest
  @ValueSource(strings = {"\"prompt_cache_key\":\"ada\",", ""})
  void excerptsInTheNewestQuestion_historyIsReadAndNoExcerptWritten(String name) {
    key = name; // none: a conversation is told by how it begins
    String history = "";
    long historyBefore = 0;
    for (int turn = 1; turn <= 6; turn++) {
      CacheUsage usage = ask(history + user(excerpts(turn) + "Question " + turn + "?"));
      String asked = history + user("Question " + turn + "?");
      if (turn >= 4) {
        long excerptsAndQuestion = tokensOf(user(excerpts(turn) + "Question " + turn + "?"));
        assertThat(usage.read()).isGreaterThanOrEqualTo(historyBefore);
        assertThat(usage.fresh()).isCloseTo(excerptsAndQuestion, within(30L));
      }
      historyBefore = AnthropicCache.tokens(body(history));
      history = asked + "," + assistant(LONG + turn) + ",";
      now.addAndGet(Duration.ofMinutes(1).toNanos());
    }

    assertThat(paid).isLessThan(0.6 * unmarked);
  }

  @Test
  void excerpts_threeTurns_payLessThanWithoutMarkersFromTheSecondOn() {
    String history = "";
    var spent = new ArrayList<Double>();
    for (int turn = 1; turn <= 3; turn++) {
      double before = paid - unmarked;
      CacheUsage usage = ask(history + user(excerpts(turn) + "Question " + turn + "?"));
      spent.add(paid - unmarked - before);
      if (turn == 3) {
        // All that stood before the second question; the second turn itself is new.
        assertThat(usage.read()).isEqualTo(AnthropicCache.tokens(body(turns(1, 1))));
        assertThat(usage.shortWritten() + usage.longWritten())
            .isEqualTo(AnthropicCache.tokens(body(turns(1, 2))) - usage.read());
      }
      history += user("Question " + turn + "?") + "," + assistant(LONG + turn) + ",";
      now.addAndGet(Duration.ofMinutes(1).toNanos());
    }

    assertThat(spent.get(1)).isNegative();
    assertThat(spent.get(2)).isNegative();
  }

  @Test
  void excerpts_roundsOfATurn_readAllOfTheRoundBefore() {
    tools = GREP;
    String history = "";
    String historyBefore = "";
    for (int turn = 1; turn <= 4; turn++) {
      long first = 0;
      String asked = history + user(excerpts(turn) + "Question " + turn + "?");
      long before = 0;
      StringBuilder rounds = new StringBuilder();
      for (int round = 0; round <= 12; round++) {
        CacheUsage usage = ask(asked + rounds, round < 12 ? "grep" : "");
        assertThat(usage.read())
            .as("turn %d, round %d", turn, round)
            .isGreaterThanOrEqualTo(before);
        first = round == 0 ? usage.read() : first;
        before = AnthropicCache.tokens(body(asked + rounds));
        rounds.append(",").append(round(turn, round));
        now.addAndGet(Duration.ofSeconds(5).toNanos());
      }
      String said = history + user("Question " + turn + "?");
      if (turn >= 3) {
        // More than 20 blocks lie between the ends of two turns: what stood there was found.
        assertThat(first).isGreaterThanOrEqualTo(AnthropicCache.tokens(body(historyBefore)));
      }
      historyBefore = history;
      history = said + rounds + "," + assistant(LONG + turn) + ",";
      now.addAndGet(Duration.ofMinutes(1).toNanos());
    }

    assertThat(paid).isLessThan(0.3 * unmarked);
  }

  @Test
  void windowThatSlides_paysNoMoreThanWithoutMarkersAndSendsNoKeepAlive() {
    for (int turn = 1; turn <= 25; turn++) {
      int from = Math.max(1, turn - 19);
      double before = paid - unmarked;
      CacheUsage usage = ask(turns(from, turn - 1) + user("Question " + turn + "?"));
      if (turn >= 22) {
        assertThat(usage.read()).isCloseTo(tokensOf(RULES), within(30L));
        assertThat(usage.shortWritten() + usage.longWritten()).isZero();
        assertThat(paid - unmarked - before).isNegative();
      }
      now.addAndGet(Duration.ofSeconds(285).toNanos());
      int sent = keptAlive.size();
      caching.tend();
      assertThat(keptAlive).hasSize(turn >= 22 ? sent : keptAlive.size());
    }
    assertThat(keptAlive).isNotEmpty();
  }

  @Test
  void conversationThatGrows_readsAllOfTheRequestBefore() {
    tools = GREP;
    StringBuilder messages = new StringBuilder();
    long before = 0;
    for (int turn = 1; turn <= 4; turn++) {
      messages.append(user("Question " + turn + "?"));
      for (int round = 0; round <= 4; round++) {
        CacheUsage usage = ask(messages.toString(), round < 4 ? "grep" : "");
        assertThat(usage.read()).isGreaterThanOrEqualTo(before);
        assertThat(usage.fresh()).isZero();
        before = AnthropicCache.tokens(body(messages.toString()));
        messages.append(",").append(round < 4 ? round(turn, round) : assistant(LONG + turn));
        now.addAndGet(Duration.ofSeconds(5).toNanos());
      }
      messages.append(",");
    }
  }

  @Test
  void answerThatEndsInAThought_isMarkedAtItsWords() {
    String thinking =
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Yes.\"},"
            + "{\"type\":\"thinking\",\"thinking\":\"So?\",\"signature\":\"s\"}]}";
    Json sent =
        caching
            .asked(body(user("Is it?") + "," + thinking + "," + user("Why?")))
            .orElseThrow()
            .body();

    List<Fields> answer = new Fields(sent).list("messages").get(1).list("content");
    assertThat(answer.get(0).has("cache_control")).isTrue();
    assertThat(answer.get(1).has("cache_control")).isFalse();
  }

  private CacheUsage ask(String messages) {
    return ask(messages, "");
  }

  private CacheUsage ask(String messages, String tool) {
    HostedCaching.Sent sent = caching.asked(body(messages)).orElseThrow();
    double seconds = now.get() / 1e9;
    CacheUsage usage = provider.ask(sent.body(), seconds);
    caching.answered(sent, List.of(answer(usage, tool)), this::keepAlive);
    paid += PRICE.dollars(usage);
    unmarked +=
        PRICE.dollars(new CacheUsage(AnthropicCache.tokens(sent.body()), 0, 0, 0, /* output= */ 1));
    return usage;
  }

  private Json keepAlive(Json body) {
    keptAlive.add(body);
    return answer(provider.ask(body, now.get() / 1e9), "");
  }

  private static Json answer(CacheUsage usage, String tool) {
    String content =
        tool.isEmpty()
            ? "{\"type\":\"text\",\"text\":\"It is so.\"}"
            : "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"%s\",\"input\":{}}".formatted(tool);
    return Json.parse(
        """
        {"content":[%s],"usage":{"input_tokens":%d,"cache_read_input_tokens":%d,"cache_creation_input_tokens":%d,
         "cache_creation":{"ephemeral_5m_input_tokens":%d,"ephemeral_1h_input_tokens":%d},"output_tokens":1}}
        """
            .formatted(
                content,
                usage.fresh(),
                usage.read(),
                usage.shortWritten() + usage.longWritten(),
                usage.shortWritten(),
                usage.longWritten()));
  }

  private Json body(String messages) {
    String list = messages.endsWith(",") ? messages.substring(0, messages.length() - 1) : messages;
    return Json.parse(
        "{%s%s\"system\":\"%s\",\"messages\":[%s]}".formatted(key, tools, RULES, list));
  }

  private static String turns(int first, int last) {
    var turns = new StringBuilder();
    for (int turn = first; turn <= last; turn++) {
      turns.append(user("Question " + turn + "?")).append(",");
      turns.append(assistant(LONG + turn)).append(",");
    }
    return turns.toString();
  }

  private static String excerpts(int turn) {
    return ("Excerpt of turn " + turn + ". ").repeat(100);
  }

  private static String user(String text) {
    return "{\"role\":\"user\",\"content\":\"%s\"}".formatted(text);
  }

  private static String assistant(String text) {
    return "{\"role\":\"assistant\",\"content\":\"%s\"}".formatted(text);
  }

  private static String round(int turn, int round) {
    return """
    {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"grep","input":{}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"found %d in %d"}]}\
    """
        .formatted(round, turn);
  }

  private static long tokensOf(String text) {
    return text.length() / 4;
  }
}
