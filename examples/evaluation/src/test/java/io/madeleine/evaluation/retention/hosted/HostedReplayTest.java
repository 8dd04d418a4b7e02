package io.madeleine.evaluation.retention.hosted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.evaluation.retention.hosted.HostedReplay.Arm;
import io.madeleine.evaluation.retention.hosted.Session.Step;
import io.madeleine.langchain4j.hosted.GapOdds;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.PriceSheet;
import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class HostedReplayTest {

  /** 10,000 tokens, a pause of ten minutes, 1,000 more. */
  private static final List<Session> TWO_REQUESTS =
      List.of(
          new Session(
              List.of(
                  new Step(10_000, true, true, 600),
                  new Step(1_000, true, true, Double.POSITIVE_INFINITY))));

  private static final Odds USUAL = new Odds(GapOdds.PEOPLE, GapOdds.TOOLS, 0.1);

  @Test
  void dollars_anthropicTwoRequests_areWhatOneWorksOutOnPaper() {
    assertThat(dollars(HostedProvider.ANTHROPIC, Arm.NONE)).isCloseTo(tokens(21_000), within(1e-9));
    assertThat(dollars(HostedProvider.ANTHROPIC, Arm.SHORT))
        .isCloseTo(tokens(1.25 * 21_000), within(1e-9));
    assertThat(dollars(HostedProvider.ANTHROPIC, Arm.LONG))
        .isCloseTo(tokens(2 * 11_000 + 0.1 * 10_000), within(1e-9));
    // Five minutes, prolonged once by reading 10,000, writing 200 for an hour and one token of
    // answer at five times the price of input; nothing is written when nobody comes back.
    assertThat(dollars(HostedProvider.ANTHROPIC, Arm.ORACLE))
        .isCloseTo(
            tokens(1.25 * 10_000 + (0.1 * 10_000 + 2 * 200 + 5) + 0.1 * 10_000 + 1_000),
            within(1e-9));
  }

  @ParameterizedTest
  @EnumSource(HostedProvider.class)
  void dollars_manySessions_oursIsNearTheOracleAndNeverBeatsIt(HostedProvider provider) {
    Price price = PriceSheet.bundled().of(provider, "").orElseThrow();
    List<Session> sessions = Session.generate(40, 1, /* seed= */ 5);
    double oracle = new HostedReplay(price, Arm.ORACLE, USUAL).dollars(sessions);
    double ours = new HostedReplay(price, Arm.OURS, USUAL).dollars(sessions);
    double none = new HostedReplay(price, Arm.NONE, USUAL).dollars(sessions);

    assertThat(ours).isBetween(0.999 * oracle, 1.35 * oracle).isLessThan(0.5 * none);
  }

  private static double tokens(double count) {
    return count * 3 / 1e6;
  }

  private static double dollars(HostedProvider provider, Arm arm) {
    Price price = PriceSheet.bundled().of(provider, "").orElseThrow();
    return new HostedReplay(price, arm, USUAL).dollars(TWO_REQUESTS);
  }
}
