package io.madeleine.memory.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringReader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FeatureStreamTest {

  private static Map<String, Double> named(double[] row) {
    Map<String, Double> named = new HashMap<>();
    for (int i = 0; i < row.length; i++) {
      named.put(FeatureStream.names().get(i), row[i]);
    }
    assertThat(named).hasSize(row.length);
    return named;
  }

  @Test
  void next_secondTurn_holdsWhatAReaderCanCheck() {
    var stream = new FeatureStream();
    stream.begin(Utterance.of("user", "I need a cheap hotel").withVector(new float[] {1, 0}));

    var row =
        named(
            stream.next(
                Utterance.of("agent", "which hotels do you like?").withVector(new float[] {3, 4}),
                List.of()));

    assertThat(row.get("like.last")).isCloseTo(.6, within(1e-6));
    assertThat(row.get("like.episode")).isCloseTo(.6, within(1e-6));
    assertThat(row).containsEntry("words.last", 1.0).containsEntry("words.new", 0.0);
    assertThat(row).containsEntry("speaker.changes", 1.0).containsEntry("episode.oneTurn", 1.0);
    assertThat(row).containsEntry("asks.atEnd", 1.0).containsEntry("last.opens.want", 1.0);
    assertThat(row).containsEntry("next.like", Double.NaN);
  }

  @Test
  void next_noVectors_leavesMeaningUnknownAndTheRestKnown() {
    var stream = new FeatureStream();
    stream.begin(Utterance.of("user", "boats"));

    var row = named(stream.next(Utterance.of("user", "harbours"), List.of()));

    assertThat(row.get("like.last")).isNaN();
    assertThat(row).containsEntry("words.last", 0.0).containsEntry("speaker.changes", 0.0);
  }

  @Test
  void next_beforeTheFirstTurn_saysWhatToCall() {
    assertThatThrownBy(() -> new FeatureStream().next(Utterance.of("a", "b"), List.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("call begin");
  }

  @Test
  void bundled_model_weighsEveryNumberOfEveryJudge() {
    var model = BoundaryModel.bundled();
    double[] unknown = new double[FeatureStream.names().size()];
    Arrays.fill(unknown, Double.NaN);

    for (int ahead = 0; ahead <= BoundaryModel.MOST_LOOK_AHEAD; ahead++) {
      assertThat(model.join(ahead).logOdds(unknown)).isBetween(-20., 0.);
      assertThat(model.assistant(ahead).logOdds(unknown)).isBetween(-20., 0.);
      assertThat(model.chat(ahead).logOdds(unknown)).isBetween(-20., 0.);
    }
  }

  @Test
  void read_missingNumber_namesIt() throws IOException {
    assertThatThrownBy(() -> BoundaryModel.read(new StringReader("JOIN0 bias 0 1\n")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("judge 'JOIN0' lacks 'like.last'");
  }
}
