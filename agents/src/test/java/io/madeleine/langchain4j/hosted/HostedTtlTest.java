package io.madeleine.langchain4j.hosted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.HostedSetting.Automatic;
import io.madeleine.langchain4j.hosted.HostedSetting.Explicit;
import io.madeleine.langchain4j.hosted.HostedSetting.Lifetime;
import io.madeleine.langchain4j.hosted.HostedSetting.None;
import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arithmetic, against what can be worked out on paper. */
final class HostedTtlTest {

  private static final PriceSheet SHEET = PriceSheet.bundled();

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void decide_growingConversation_anHourExactlyWhereTheInequalitySaysSo(long seed) {
    var random = new SplittableRandom(seed);
    double p5 = random.nextDouble();
    double p60 = p5 * random.nextDouble();
    long prefix = 10_000;
    long added = random.nextInt(1, 10_000);
    var decision = ttl(HostedProvider.ANTHROPIC).decide(prefix, added, odds(p5, p60));

    double left = p5 - 1.9 / 1.15 * p60;
    double right = 0.75 / 1.15 * added / prefix;
    double hour = cost(decision, new Lifetime(HostedTtl.LONG));
    double five = cost(decision, new Lifetime(HostedTtl.SHORT));
    if (Math.abs(left - right) > 1e-9) {
      assertThat(hour < five).isEqualTo(left > right);
    }
  }

  @Test
  void decide_traceLab_peopleWantAnHourAndToolsFiveMinutes() {
    HostedTtl anthropic = ttl(HostedProvider.ANTHROPIC);

    assertThat(anthropic.decide(60_000, 2_000, GapOdds.PEOPLE).setting())
        .isEqualTo(new Lifetime(HostedTtl.LONG));
    assertThat(anthropic.decide(60_000, 2_000, GapOdds.TOOLS).setting())
        .isEqualTo(new Lifetime(HostedTtl.SHORT));
  }

  @Test
  void lognormal_theirFits_giveTheirShares() {
    assertThat(GapOdds.PEOPLE.outlasts(300)).isCloseTo(0.27, within(0.01));
    assertThat(GapOdds.PEOPLE.outlasts(3_600)).isCloseTo(0.037, within(0.003));
    assertThat(GapOdds.TOOLS.outlasts(300)).isCloseTo(0.008, within(0.001));
  }

  @Test
  void decide_shortPrompt_writesNothing() {
    assertThat(ttl(HostedProvider.ANTHROPIC).decide(500, 100, GapOdds.TOOLS).setting())
        .isEqualTo(new None());
  }

  @Test
  void decide_openAiBefore56_keepsForADayOnlyWhereItMay() {
    Price price = SHEET.of(HostedProvider.OPENAI, "gpt-5").orElseThrow();

    assertThat(new HostedTtl(price, false).decide(9_000, 100, GapOdds.PEOPLE).setting())
        .isEqualTo(new Automatic());
    assertThat(new HostedTtl(price, true).decide(9_000, 100, GapOdds.PEOPLE).setting())
        .isEqualTo(new Lifetime(HostedTtl.DAY));
  }

  @Test
  void decide_openAiFrom56_oneShotPromptIsNotWritten() {
    HostedTtl openAi = ttl(HostedProvider.OPENAI_EXPLICIT);

    assertThat(openAi.decide(9_000, 9_000, _ -> 0.95).setting()).isEqualTo(new None());
    assertThat(openAi.decide(9_000, 9_000, _ -> 0.1).setting())
        .isEqualTo(new Lifetime(HostedTtl.HALF_AN_HOUR));
  }

  @Test
  void breakEven_geminiPrices_isAQuarterOfAnHour() {
    assertThat(ttl(HostedProvider.GEMINI).breakEvenSeconds() / 60).isCloseTo(15, within(0.1));
    Price flash = SHEET.of(HostedProvider.GEMINI, "gemini-2.5-flash").orElseThrow();
    assertThat(new HostedTtl(flash, false).breakEvenSeconds() / 60).isCloseTo(16, within(0.3));
  }

  @Test
  void decide_gemini_keepsWhileSomebodyMayStillComeAndNotForHours() {
    HostedSetting setting =
        ttl(HostedProvider.GEMINI).decide(60_000, 1_000, GapOdds.PEOPLE).setting();

    assertThat(setting).isInstanceOf(Explicit.class);
    long minutes = ((Explicit) setting).lifetime().toMinutes();
    assertThat(minutes).isBetween(3L, 60L);
    assertThat(ttl(HostedProvider.GEMINI).decide(60_000, 1_000, _ -> 1).setting())
        .isEqualTo(new None());
  }

  @Test
  void usage_everyProvidersShape_addsUpToTheSameWords() {
    assertThat(
            usage(
                HostedProvider.ANTHROPIC,
                """
                {"usage":{"input_tokens":4,"cache_read_input_tokens":48210,"cache_creation_input_tokens":1730,
                 "cache_creation":{"ephemeral_5m_input_tokens":1630,"ephemeral_1h_input_tokens":100},"output_tokens":96}}
                """))
        .isEqualTo(new CacheUsage(4, 48_210, 1_630, 100, 96));
    assertThat(
            usage(
                HostedProvider.OPENAI,
                """
                {"usage":{"prompt_tokens":3170,"completion_tokens":64,"prompt_tokens_details":{"cached_tokens":3072}}}
                """))
        .isEqualTo(new CacheUsage(98, 3_072, 0, 0, 64));
    assertThat(
            usage(
                HostedProvider.OPENAI_EXPLICIT,
                """
                {"usage":{"input_tokens":22100,"output_tokens":7,
                 "input_tokens_details":{"cached_tokens":20480,"cache_write_tokens":1536}}}
                """))
        .isEqualTo(new CacheUsage(84, 20_480, 1_536, 0, 7));
    assertThat(
            usage(
                HostedProvider.GEMINI,
                """
                {"usageMetadata":{"promptTokenCount":5000,"cachedContentTokenCount":4096,"candidatesTokenCount":9,
                 "thoughtsTokenCount":1}}
                """))
        .isEqualTo(new CacheUsage(904, 4_096, 0, 0, 10));
    assertThat(
            usage(
                HostedProvider.BEDROCK,
                """
                {"usage":{"inputTokens":4,"cacheReadInputTokens":900,"cacheWriteInputTokens":50,"outputTokens":3}}
                """))
        .isEqualTo(new CacheUsage(4, 900, 50, 0, 3));
  }

  @Test
  void dollars_usage_isWhatTheSheetSays() {
    Price price = SHEET.of(HostedProvider.ANTHROPIC, "claude-sonnet").orElseThrow();

    assertThat(price.dollars(new CacheUsage(1_000_000, 1_000_000, 0, 0, 0)))
        .isCloseTo(3.3, within(1e-9));
    assertThat(price.dollars(new CacheUsage(0, 0, 1_000_000, 1_000_000, 1_000_000)))
        .isCloseTo(3.75 + 6 + 15, within(1e-9));
    assertThat(SHEET.asOf()).isNotNull();
  }

  @Test
  void parse_writingWithoutAPrice_isRefused() {
    String sheet =
        "{'asOf':'2026-11-22','prices':[{'provider':'anthropic','model':'m','input':3,'output':15,"
            + "'read':0.1,'shortWrite':1.25}]}";
    assertThatThrownBy(() -> PriceSheet.parse(sheet.replace('\'', '"')))
        .hasMessageContaining("'m'")
        .hasMessageContaining("1.25 and 0.0")
        .hasMessageContaining("put 1");
  }

  @Test
  void parse_sheetWithoutADate_isRefused() {
    assertThatThrownBy(() -> PriceSheet.parse("{\"prices\":[]}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("asOf");
  }

  private static CacheUsage usage(HostedProvider provider, String answer) {
    return CacheUsage.of(provider, Json.parse(answer.strip()));
  }

  private static HostedTtl ttl(HostedProvider provider) {
    return new HostedTtl(SHEET.of(provider, "").orElseThrow(), /* mayKeepForADay= */ false);
  }

  private static GapOdds odds(double p5, double p60) {
    return seconds -> seconds >= 3_600 ? p60 : seconds >= 300 ? p5 : 1;
  }

  private static double cost(HostedDecision decision, HostedSetting setting) {
    return decision.choices().stream()
        .filter(choice -> choice.setting().equals(setting))
        .findFirst()
        .orElseThrow()
        .cost();
  }

  /** An hour costs 0.75 of what is new, and covers all that stands before. */
  @Test
  void decide_slidingLives_takeAnHourWhereLittleIsNew() {
    Price price = PriceSheet.bundled().of(HostedProvider.ANTHROPIC, "").orElseThrow();
    var ttl = new HostedTtl(price, /* mayKeepForADay= */ false);
    var hour = new Lifetime(HostedTtl.LONG);
    var minutes = new Lifetime(HostedTtl.SHORT);
    for (KeepAlive alive : List.of(new KeepAlive(price), KeepAlive.never(price))) {
      assertThat(sliding(ttl, 50_000, 200, 0, alive)).isEqualTo(hour);
      assertThat(sliding(ttl, 50_000, 20_000, 0, alive)).isEqualTo(minutes);
    }
    // Where nothing is kept alive; else one read an hour keeps all of it only if all of it lives
    // for an hour.
    assertThat(sliding(ttl, 50_000, 200, 49_800, KeepAlive.never(price))).isEqualTo(minutes);
  }

  private static HostedSetting sliding(
      HostedTtl ttl, long prefix, long added, long stable, KeepAlive alive) {
    return ttl.decide(prefix, added, stable, 0.11, GapOdds.PEOPLE, GapOdds.TOOLS, alive).setting();
  }

  @Test
  void plan_keepAlives_areSentWhileSomebodyIsLikelyToComeBack() {
    Price price = PriceSheet.bundled().of(HostedProvider.ANTHROPIC, "").orElseThrow();
    var alive = new KeepAlive(price);

    assertThat(alive.plan(50_000, 0, HostedTtl.SHORT, GapOdds.PEOPLE).reads()).isPositive();
    assertThat(alive.plan(50_000, 0, HostedTtl.SHORT, _ -> 1).reads()).isZero();
    // In 400 s for certain: one read of 50,000, an answer of 200 for an hour, a token of answer.
    var sure = alive.plan(50_000, 0, HostedTtl.SHORT, seconds -> seconds < 400 ? 1 : 0);
    assertThat(sure.reads()).isOne();
    assertThat(sure.cost()).isCloseTo(5_000 + (5_000 + 400 + 5), within(1e-6));
    assertThat(KeepAlive.never(price).plan(50_000, 0, HostedTtl.SHORT, GapOdds.PEOPLE).reads())
        .isZero();
    assertThat(KeepAlive.dueSeconds(HostedTtl.SHORT, 0)).isEqualTo(280);
    assertThat(KeepAlive.livesSeconds(HostedTtl.SHORT, 1)).isEqualTo(280 + 3_600);
    assertThat(KeepAlive.livesSeconds(HostedTtl.SHORT, 2)).isEqualTo(280 + 3_580 + 3_600);
  }
}
