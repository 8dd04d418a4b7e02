package io.madeleine.conversation.episodic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a context is shared between what is remembered, a question and its answer. */
final class EpisodicOptionsTest {

  private static final EpisodicOptions USUAL = EpisodicOptions.DEFAULT.tokens(1024, 1024);

  @ParameterizedTest
  @ValueSource(ints = {96, 100, 160, 256, 512, 1024, 2048, 3072, 4096, 8192, 131_072})
  void within_anyContext_leavesTheAnswerAQuarterOrWhatIsEnough(int positions) {
    int prefix = 40;
    EpisodicOptions within = USUAL.within(positions);
    int question = within.longestReading(prefix, prefix + positions);
    int answer = positions - memory(within) - question;

    assertThat(question).isGreaterThanOrEqualTo(16);
    assertThat(answer)
        .as("what closes it included")
        .isGreaterThanOrEqualTo(Math.clamp(positions / 4, 48, 1024));
  }

  @Test
  void within_lessRoom_leavesLessOfEverythingInProportion() {
    EpisodicOptions within = USUAL.within(2048);
    assertThat(memory(within)).isBetween(1270, 1280);
    assertThat(within.recentTokens()).isEqualTo(within.recallTokens()).isGreaterThan(500);
    assertThat(USUAL.within(8192)).isEqualTo(USUAL);
    assertThat(EpisodicOptions.DEFAULT.tokens(0, 0).within(160).recallTokens()).isZero();
  }

  /** Recent tokens end with a whole episode, and the open one grows behind them. */
  private static int memory(EpisodicOptions options) {
    return options.recallTokens()
        + options.recentTokens()
        + 2 * options.segmenter().maximumLength();
  }
}
