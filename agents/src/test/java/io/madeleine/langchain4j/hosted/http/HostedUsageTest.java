package io.madeleine.langchain4j.hosted.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import io.madeleine.langchain4j.hosted.CacheUsage;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.PriceSheet;
import io.madeleine.memory.identity.Tenant;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is counted of streams, and of requests that are made again. */
final class HostedUsageTest {

  private static final PriceSheet SHEET = PriceSheet.bundled();

  private static final String ASKING =
      "{\"system\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}%s]}";

  private static final String RULES = "The rules. ".repeat(2_000);

  private static final String MORE =
      ",{\"role\":\"assistant\",\"content\":\"Hello.\"},{\"role\":\"user\",\"content\":\"%s\"}"
          .formatted("And this? ".repeat(2_000));

  private static final String ANSWER =
      """
      {"content":[{"type":"text","text":"Hello."}],
       "usage":{"input_tokens":4,"cache_creation_input_tokens":6000,"output_tokens":20}}
      """;

  /** The second event has no {@code cache_creation}, which says for how long. */
  private static final String STREAM =
      """
      {"type":"message_start","message":{"usage":{"input_tokens":4,"cache_read_input_tokens":0,"cache_creation_input_tokens":10000,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":10000},"output_tokens":1}}}
      {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":4,"cache_read_input_tokens":0,"cache_creation_input_tokens":10000,"output_tokens":20}}
      """;

  private final AtomicLong now = new AtomicLong();
  private final HostedCaching caching =
      new HostedCaching(
          new Tenant("acme"),
          "secret",
          SHEET.of(HostedProvider.ANTHROPIC, "").orElseThrow(),
          SHEET.asOf(),
          /* mayKeepForADay= */ false,
          now::get);

  @Test
  void stream_writtenForAnHour_isCountedOnce() {
    caching
        .over(new ScriptedWire(_ -> STREAM))
        .build()
        .execute(ScriptedWire.post(ASKING.formatted(RULES, "")), new Ignoring());

    HostedCaching.Cost cost = caching.costs().getFirst();
    assertThat(cost.usage()).isEqualTo(new CacheUsage(4, 0, 0, 10_000, 20));
    assertThat(cost.dollars()).isCloseTo((10_000 * 2 * 3 + 4 * 3 + 20 * 15) / 1e6, within(1e-9));
  }

  private static final class Ignoring implements ServerSentEventListener {
    @Override
    public void onError(Throwable error) {
      throw new IllegalStateException(error);
    }
  }

  @Test
  void requestMadeAgain_isMarkedAsTheFirstTimeAndItsPauseLearnedOnce() {
    var busy = new AtomicBoolean(true);
    var wire = new ScriptedWire(_ -> answered(busy));
    HttpClient client = caching.over(wire).build();
    failsOnce(client, ASKING.formatted(RULES, ""), busy);
    now.addAndGet(Duration.ofSeconds(90).toNanos());
    failsOnce(client, ASKING.formatted(RULES, MORE), busy);

    assertThat(wire.seen).hasSize(4);
    assertThat(wire.seen.get(0).value().write()).contains("cache_control");
    assertThat(wire.seen.get(1)).isEqualTo(wire.seen.get(0));
    assertThat(wire.seen.get(3)).isEqualTo(wire.seen.get(2));
    assertThat(caching.gaps().pauses(HostedCaching.PERSON)).isOne();
  }

  private static String answered(AtomicBoolean busy) {
    if (busy.get()) {
      throw new IllegalStateException("529 overloaded");
    }
    return ANSWER;
  }

  private void failsOnce(HttpClient client, String body, AtomicBoolean busy) {
    busy.set(true);
    assertThatThrownBy(() -> client.execute(ScriptedWire.post(body))).hasMessageContaining("529");
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    busy.set(false);
    client.execute(ScriptedWire.post(body));
  }
}
