package io.madeleine.evaluation.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Hand counts of the definitions of the table. */
final class ScoreTest {

  private static final int[] TOKENS = {10, 20, 30, 40, 5};

  @Test
  void packed_unitsInRankOrder_endAtTheFirstThatDoesNotFit() {
    List<int[]> ranked = List.of(new int[] {2, 1}, new int[] {1, 3}, new int[] {4});

    assertThat(Score.packed(ranked, TOKENS, 50)).containsExactlyInAnyOrder(1, 2);
    assertThat(Score.packed(ranked, TOKENS, 89)).containsExactlyInAnyOrder(1, 2);
    assertThat(Score.packed(ranked, TOKENS, 90)).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(Score.packed(ranked, TOKENS, 29)).isEmpty();
  }

  @Test
  void of_twoTurnsOfEvidence_countsTheirShare() {
    Score score =
        Score.of(
            "one",
            "multi-hop",
            List.of(new int[] {0}, new int[] {3}, new int[] {1}),
            List.of(3, 4),
            TOKENS,
            new int[] {10, 50, 1_000});

    assertThat(score.recallAtTokens()).containsExactly(0.0, 0.5, 0.5);
    assertThat(score.recallAtUnits().getFirst()).isZero();
    assertThat(score.recallAtUnits().get(1)).isEqualTo(0.5);
    double ideal = 1 + Math.log(2) / Math.log(3);
    assertThat(score.ndcg()).isEqualTo(Math.log(2) / Math.log(3) / ideal, within(1e-9));
    assertThat(score.answerable()).isTrue();
  }
}
