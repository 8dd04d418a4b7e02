package io.madeleine.conversation.episodic.blending;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.placement.PlacedPieces;
import io.madeleine.memory.store.KvSpan;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ValueChangeTest {

  private static final KvShape SHAPE = new KvShape(2, 1, 2);

  @Test
  void g22_tokensToReadAgain_matchTheOracle() {
    List<KvSpan> spans = List.of(span(new float[8]));
    assertThat(most(spans, List.of(new int[] {3, 4, 5, 6}), 2, 0, 0, 1, 1, 0, .1f, 2, 0))
        .isEqualTo("[{1, 3}]");
  }

  @Test
  void most_ofTwoSpans_choosesAmongAll() {
    List<KvSpan> spans = List.of(span(1, 1, 5, 5), span(2, 2, 7, 7));
    List<int[]> to = List.of(new int[] {3, 4}, new int[] {5, 6});
    assertThat(most(spans, to, 1, 1, 1, 5, 5, 2, 2, 9, 7)).isEqualTo("[{}, {1}]");
    assertThat(most(spans, to, 2, 1, 2, 5, 5, 2, 2, 9, 7)).isEqualTo("[{0}, {1}]");
  }

  @Test
  void most_tokensThatAreNotPlaced_areNotReadAgain() {
    List<KvSpan> spans = List.of(span(1, 1, 5, 5), span(2, 2, 7, 7));
    List<int[]> to = List.of(new int[] {PlacedPieces.LEFT_OUT, 4}, new int[] {5, 6});
    assertThat(most(spans, to, 4, 5, 5, 2, 2, 9, 7)).isEqualTo("[{1}, {0, 1}]");
  }

  @Test
  void most_tokensThatNoHeadOfTheLayerHolds_haveNotChanged() {
    KvSpan half = span(1, 1, 5, 5).keep(new int[][] {{0, 1}, {1}});
    List<int[]> to = List.of(new int[] {3, 4});
    assertThat(most(List.of(half), to, 1, 100, 100, 5, 6)).isEqualTo("[{1}]");
  }

  @Test
  void most_tokensThatFewHeadsHold_countAsMuchAsOthers() {
    var shape = new KvShape(2, 2, 2);
    var four = new float[4];
    KvSpan all =
        new KvSpan(
            shape,
            new int[] {0, 1},
            new float[][] {four, four, four, four},
            new float[][] {four, four, four, four});
    KvSpan ragged = all.keep(new int[][] {{0, 1}, {0, 1}, {0, 1}, {0}});
    var change = new ValueChange(shape);
    try (var pool = new PagePool(1 << 20);
        var cache = new KvCache(shape, KvType.F32, pool)) {
      for (int head = 0; head < 4; head++) {
        // the first token changes by 2 in each head, the second by 3 in the only one that holds it
        cache.appendAll(
            head / 2, head % 2, new float[4], new float[] {2, 0, 3, 0}, new int[] {0, 1});
      }
      change.measure(List.of(ragged), List.of(new int[] {0, 1}), cache);
    }
    assertThat(change.most(1)).hasToString("[{1}]");
  }

  /** What is read again of {@code spans} where the second layer's values are {@code now}. */
  private static String most(List<KvSpan> spans, List<int[]> to, int count, float... now) {
    var change = new ValueChange(SHAPE);
    assertThat(change.layer()).isEqualTo(1);
    try (var pool = new PagePool(1 << 20);
        var cache = new KvCache(SHAPE, KvType.F32, pool)) {
      int[] positions = {0, 1, 2};
      for (int layer = 0; layer < 2; layer++) {
        cache.appendAll(layer, 0, new float[6], new float[6], positions);
      }
      for (int i = 0; i < now.length / 2; i++) {
        cache.append(1, 0, new float[2], new float[] {now[2 * i], now[2 * i + 1]}, 3 + i);
      }
      change.measure(spans, to, cache);
    }
    return change.most(count).toString();
  }

  /** A span whose second layer has these values. */
  private static KvSpan span(float... values) {
    var positions = new int[values.length / 2];
    java.util.Arrays.setAll(positions, i -> i);
    var nothing = new float[values.length];
    return new KvSpan(
        SHAPE, positions, new float[][] {nothing, nothing}, new float[][] {nothing, values});
  }
}
