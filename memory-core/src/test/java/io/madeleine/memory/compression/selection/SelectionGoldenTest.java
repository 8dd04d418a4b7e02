package io.madeleine.memory.compression.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.memory.compression.budget.BudgetTooSmallException;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Golden cases of the selectors. */
final class SelectionGoldenTest {

  @Test
  void g2_perHead_tiesGoToTheOlderSlot() {
    float[] scores = {0.074446f, 0.094468f, 0.170686f, 0.19645f, 0.19645f, 0.086171f, 1, 1};
    assertThat(perHead(scores, 5)).containsExactly(2, 3, 4, 6, 7);
    float[] maximum = {0.163274f, 0.163274f, 0.391927f, 0.46922f, 0.46922f, 0.198448f, 1, 1};
    assertThat(perHead(maximum, 5)).containsExactly(2, 3, 4, 6, 7);
  }

  @Test
  void g3_keyDifference_keepsTheOlderOfATie() {
    float[] scores = {-0.82965f, -0.82965f, -0.558284f, -0.981418f, 0.82965f, -0.886228f};
    assertThat(perHead(scores, 3)).containsExactly(0, 2, 4);
  }

  @Test
  void g6b_jointAndPerHead_matchTheOracle() {
    LayerScores layer =
        LayerScores.of(new float[] {.9f, .8f, .7f, .1f}, new float[] {.6f, .2f, .15f, .05f});
    int[][] pairs = new HeadSelector.Joint(0).select(layer, 4);
    assertThat(pairs[0]).containsExactly(0, 1, 2);
    assertThat(pairs[1]).containsExactly(0);
    int[][] even = new HeadSelector.PerHead().select(layer, 4);
    assertThat(even[0]).containsExactly(0, 1);
    assertThat(even[1]).containsExactly(0, 1);
  }

  @Test
  void g7_adaKvWithFloor_matchesTheOracle() {
    LayerScores layer =
        LayerScores.of(
            new float[] {.30f, .25f, .20f, .10f, .05f, .04f, .03f, .02f, .007f, .003f},
            new float[] {.12f, .11f, .105f, .10f, .10f, .10f, .095f, .09f, .09f, .09f});
    int[][] kept = new HeadSelector.Joint(0.2).select(layer, 10);
    assertThat(kept[0]).containsExactly(0, 1, 2, 3);
    assertThat(kept[1]).containsExactly(0, 1, 2, 3, 4, 5);
  }

  @Test
  void g9b_heavyHittersAndLastQuery_disagree() {
    float[] accumulated = {1.7f, .35f, 1.1f, .25f, .2f};
    float[] last = {.1f, .05f, .6f, .05f, .2f};
    assertThat(withRecent(accumulated)).doesNotContain(3).hasSize(4);
    assertThat(withRecent(last)).contains(1).doesNotContain(3).hasSize(4);
  }

  @Test
  void g18_critical_keepsWhatMovesTheOutput() {
    float[] scores = {.4f, .3f, .2f, .1f};
    var layer =
        new LayerScores(
            new float[][] {scores},
            List.of(new BitSet()),
            new float[][] {{1, 1, 5, 20}},
            new double[0]);
    var critical = new HeadSelector.Critical(new HeadSelector.PerHead(), 0.5);
    assertThat(critical.select(layer, 3)[0]).containsExactly(0, 2, 3);
    assertThat(perHead(scores, 3)).containsExactly(0, 1, 2);
    assertThat(Selections.weighted(scores, new float[] {1, 1, 5, 20}))
        .containsExactly(
            new float[] {0.4001f, 0.3001f, 1.0005f, 2.002f},
            org.assertj.core.api.Assertions.within(1e-5f));
  }

  @Test
  void g21_sinksAndRecent_keepsBothEnds() {
    float[] scores = {12, 11, 2, 3, 4, 5, 6, 7, 8, 9};
    assertThat(perHead(scores, 5)).containsExactly(0, 1, 7, 8, 9);
  }

  @Test
  void joint_oneHeadWinsEverything_theOtherKeepsOne() {
    LayerScores layer = LayerScores.of(new float[] {9, 8, 7, 6}, new float[] {1, 1, 1, 1});
    assertThat(new HeadSelector.Joint(0).select(layer, 4)[1]).hasSize(1);
  }

  @Test
  void joint_fewerSlotsThanHeads_theBestOfAllStay() {
    LayerScores layer = LayerScores.of(new float[] {1, 8}, new float[] {7, 2}, new float[] {3, 9});
    assertThat(new HeadSelector.Joint(0.2).select(layer, 2))
        .isDeepEqualTo(new int[][] {{1}, {}, {1}});
    assertThat(new HeadSelector.Joint(0.2).select(layer, 0))
        .isDeepEqualTo(new int[][] {{}, {}, {}});
  }

  @Test
  void select_protectedBeyondBudget_fails() {
    var all = new BitSet();
    all.set(0, 4);
    var layer =
        new LayerScores(new float[][] {{1, 2, 3, 4}}, List.of(all), new float[0][], new double[0]);
    assertThatThrownBy(() -> new HeadSelector.PerHead().select(layer, 3))
        .isInstanceOf(BudgetTooSmallException.class);
  }

  @Test
  void constructor_notANumber_isRefused() {
    assertThatThrownBy(() -> LayerScores.of(new float[] {Float.NaN}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** One slot of five goes; the newest is protected. Ties go, the older stays. */
  private static int[] withRecent(float[] scores) {
    var newest = new BitSet();
    newest.set(scores.length - 1);
    var layer =
        new LayerScores(new float[][] {scores}, List.of(newest), new float[0][], new double[0]);
    return new HeadSelector.PerHead().select(layer, 4)[0];
  }

  private static int[] perHead(float[] scores, int budget) {
    return new HeadSelector.PerHead().select(LayerScores.of(scores), budget)[0];
  }
}
