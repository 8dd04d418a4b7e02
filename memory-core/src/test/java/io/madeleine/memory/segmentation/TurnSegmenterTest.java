package io.madeleine.memory.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.segmentation.SegmentationSettings.Likeness;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TurnSegmenterTest {

  private static final Instant NOON = Instant.parse("2026-05-04T12:00:00Z");

  private static LoggedTurn turn(int index, Instant at) {
    return new LoggedTurn(
        new ConversationKey(new Tenant("t"), "c"),
        index + 1,
        index,
        "turn-" + index,
        List.of(
            new LoggedMessage(at, new ChatMessage.User("how warm is the boat house?")),
            new LoggedMessage(
                at,
                new ChatMessage.Assistant(
                    "", "", List.of(new ToolCall("call", "thermometer", "{}")))),
            new LoggedMessage(
                at.plus(Duration.ofHours(9)),
                new ChatMessage.ToolResult("call", "thermometer", "17 degrees", false)),
            new LoggedMessage(
                at.plus(Duration.ofHours(9)), new ChatMessage.Assistant("It is 17 degrees."))),
        Map.of());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void add_toolTookNineHours_cutsOnlyBetweenTurns(int lookAhead) {
    var segmenter = new TurnSegmenter(SegmentationSettings.DEFAULT.withLookAhead(lookAhead));
    List<Boundary> boundaries = new ArrayList<>();
    boundaries.addAll(segmenter.add(turn(0, NOON)));
    boundaries.addAll(segmenter.add(turn(1, NOON.plus(Duration.ofHours(9)))));
    boundaries.addAll(segmenter.add(turn(2, NOON.plus(Duration.ofHours(40)))));
    boundaries.addAll(segmenter.finish());

    assertThat(boundaries).extracting(Boundary::turn).containsExactly(2);
    assertThat(boundaries.getFirst().mainReason()).isEqualTo(Signal.PAUSE);
  }

  @Test
  void add_lookAheadOfOne_isSettledWithinTheTurn() {
    var segmenter = new TurnSegmenter(SegmentationSettings.DEFAULT.withLookAhead(1));
    var unused = segmenter.add(turn(0, NOON));

    assertThat(segmenter.add(turn(1, NOON.plus(Duration.ofDays(2))))).hasSize(1);
  }

  @Test
  void utterances_ofATurn_areWhatWasSaidWithoutTools() {
    assertThat(TurnSegmenter.utterances(turn(0, NOON)))
        .extracting(Utterance::speaker)
        .containsExactly("user", "assistant");
  }

  @Test
  void likeness_ofOtherEmbedder_mapsItsTwoPointsOntoOurs() {
    assertThat(Likeness.BGE_SMALL.scaled(.49)).isCloseTo(.10, within(1e-9));
    assertThat(Likeness.BGE_SMALL.scaled(.61)).isCloseTo(.32, within(1e-9));
    assertThat(Likeness.MINI_LM.scaled(.5)).isCloseTo(.5, within(1e-9));
  }

  @Test
  void likeness_measured_isTheMeanOfNeighboursAndOfOthers() {
    float[] a = {1, 0};
    float[] b = {0, 1};

    var measured = Likeness.of(List.of(a, a, a, b, b, b));

    assertThat(measured.following()).isCloseTo(.8, within(1e-9));
    assertThat(measured.unrelated()).isCloseTo(0, within(1e-9));
  }

  @Test
  void likeness_nothingTellsThemApart_isRefused() {
    assertThatThrownBy(() -> new Likeness(.5, .5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("measure on more turns");
  }
}
