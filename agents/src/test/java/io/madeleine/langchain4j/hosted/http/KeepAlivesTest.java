package io.madeleine.langchain4j.hosted.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.http.client.HttpClient;
import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.PriceSheet;
import io.madeleine.memory.identity.Tenant;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What goes on while keep-alives are sent, one after another. */
final class KeepAlivesTest {

  private static final PriceSheet SHEET = PriceSheet.bundled();

  private static final String ANSWER =
      """
      {"content":[{"type":"text","text":"Hello."}],
       "usage":{"input_tokens":4,"cache_creation_input_tokens":6000,"output_tokens":20}}
      """;

  private final AtomicLong now = new AtomicLong();
  private final HostedCaching caching =
      new HostedCaching(
          new Tenant("acme"),
          "secret",
          SHEET.of(HostedProvider.ANTHROPIC, "").orElseThrow(),
          SHEET.asOf(),
          /* mayKeepForADay= */ false,
          now::get,
          HostedCaching.Keeping.ALIVE);

  /** {@return a wire that does something before it answers a keep-alive} */
  private static ScriptedWire wire(Function<Fields, String> keepAlives) {
    return new ScriptedWire(body -> isKeepAlive(body) ? keepAlives.apply(body) : ANSWER);
  }

  private static boolean isKeepAlive(Fields body) {
    return body.count("max_tokens") == 1;
  }

  private static List<Fields> keepAlives(ScriptedWire wire) {
    return wire.seen.stream().filter(KeepAlivesTest::isKeepAlive).toList();
  }

  private static void ask(HttpClient client, String who, String more) {
    client.execute(
        ScriptedWire.post(
            "{\"system\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"I am %s.\"}%s]}"
                .formatted("The rules. ".repeat(2_000), who, more)));
  }

  private static void askMore(HttpClient client, String who) {
    ask(
        client,
        who,
        ",{\"role\":\"assistant\",\"content\":\"Hello.\"},{\"role\":\"user\",\"content\":\"%s\"}"
            .formatted("And this? ".repeat(2_000)));
  }

  private void passes(long seconds) {
    now.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  @Test
  void tend_anotherTakesLong_whatLapsedMeanwhileIsNotWrittenAnew() {
    var wire =
        wire(
            _ -> {
              passes(30);
              return ANSWER;
            });
    HttpClient client = caching.over(wire).build();
    ask(client, "Ada", "");
    ask(client, "Bob", "");
    passes(285);
    caching.tend();
    caching.tend();

    assertThat(keepAlives(wire)).hasSize(1);
  }

  @Test
  void tend_nextQuestionWhileItIsOnItsWay_doesNotProlongTheNewPause() {
    HttpClient[] client = new HttpClient[1];
    var wire =
        wire(
            _ -> {
              if (caching.costs().getFirst().keepAlives() == 0) {
                askMore(client[0], "Ada");
              }
              return ANSWER;
            });
    client[0] = caching.over(wire).build();
    ask(client[0], "Ada", "");
    passes(285);
    caching.tend();
    assertThat(life(wire.seen.getLast())).isEqualTo("5m");
    passes(285);
    caching.tend();

    assertThat(keepAlives(wire)).hasSize(2);
    assertThat(keepAlives(wire).getLast().value().write()).contains("And this?");
    assertThat(caching.costs().getFirst().keepAlives()).isEqualTo(2);
  }

  @Test
  void tend_failsAfterTheNextQuestion_theNewPauseKeepsItsOwn() {
    HttpClient[] client = new HttpClient[1];
    var wire =
        wire(
            body -> {
              if (!body.value().write().contains("And this?")) {
                askMore(client[0], "Ada");
                throw new IllegalStateException("529 overloaded");
              }
              return ANSWER;
            });
    client[0] = caching.over(wire).build();
    ask(client[0], "Ada", "");
    passes(285);
    caching.tend();
    passes(285);
    caching.tend();

    assertThat(keepAlives(wire)).hasSize(2);
    assertThat(caching.costs().getFirst().keepAlives()).isOne();
  }

  @Test
  void tend_nextQuestionWhileItWaitsForAnother_isNotSent() {
    HttpClient[] client = new HttpClient[1];
    var wire =
        wire(
            _ -> {
              askMore(client[0], "Bob");
              return ANSWER;
            });
    client[0] = caching.over(wire).build();
    ask(client[0], "Ada", "");
    ask(client[0], "Bob", "");
    passes(285);
    caching.tend();

    assertThat(keepAlives(wire)).hasSize(1);
  }

  private static String life(Fields body) {
    return body.list("messages")
        .getLast()
        .list("content")
        .getLast()
        .at("cache_control")
        .text("ttl");
  }
}
