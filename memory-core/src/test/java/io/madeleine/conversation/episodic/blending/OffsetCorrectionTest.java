package io.madeleine.conversation.episodic.blending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.conversation.episodic.blending.Blending.Choice;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.memory.store.KvSpan;
import org.junit.jupiter.api.Test;

final class OffsetCorrectionTest {

  private static final KvShape SHAPE = new KvShape(1, 1, 2);
  private static final int[] THREE = {0, 1, 2};

  /** Tokens 0 and 1 are anchors; token 2 has the value of token 0. */
  private static final KvSpan OLD =
      span(THREE, new float[] {1, 0, 0, 1, 5, 5}, new float[] {2, 2, -2, -2, 2, 2});

  @Test
  void corrected_allAnchorsMovedAlike_movesTheOthersAsMuch() {
    KvSpan again =
        span(new int[] {0, 1}, new float[] {1.5f, 1, 0.5f, 2}, new float[] {2.1f, 2, -1.9f, -2});
    KvSpan moved = OffsetCorrection.corrected(OLD, again, 1);
    assertThat(last(moved.keys(0))).containsExactly(new float[] {5.5f, 6}, within(1e-6f));
    assertThat(last(moved.values(0))).containsExactly(new float[] {2.1f, 2}, within(1e-6f));
    KvSpan half = OffsetCorrection.corrected(OLD, again, 0.5);
    assertThat(last(half.keys(0))).containsExactly(new float[] {5.25f, 5.5f}, within(1e-6f));
    assertThat(OffsetCorrection.corrected(OLD, again, 0).keys(0)).isEqualTo(OLD.keys(0));
  }

  @Test
  void corrected_anchorsMovedApart_theNearerOneCountsMore() {
    KvSpan again = span(new int[] {0, 1}, new float[] {2, 0, 0, 2}, new float[] {2, 2, -2, -2});
    KvSpan moved = OffsetCorrection.corrected(OLD, again, 1);
    // Distances 0 and 2 means: weights e^0 and e^-2, so 0.8808 of the first change.
    assertThat(last(moved.keys(0)))
        .containsExactly(new float[] {5.880797f, 5.119203f}, within(1e-5f));
    assertThat(last(moved.values(0))).containsExactly(2, 2);
  }

  @Test
  void blending_offsetWithNothingReadAgain_isRefused() {
    assertThatThrownBy(() -> new Blending(1, 0, Choice.FIRST, 0.5))
        .hasMessageContaining("read again");
    assertThatThrownBy(() -> new Blending(1, 0.2, Choice.FIRST, 1.5))
        .hasMessageContaining("between 0 and 1");
  }

  private static float[] last(float[] rows) {
    return java.util.Arrays.copyOfRange(rows, rows.length - 2, rows.length);
  }

  private static KvSpan span(int[] positions, float[] keys, float[] values) {
    return new KvSpan(SHAPE, positions, new float[][] {keys}, new float[][] {values});
  }
}
