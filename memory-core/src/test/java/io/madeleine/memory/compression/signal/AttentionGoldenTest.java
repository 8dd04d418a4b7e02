package io.madeleine.memory.compression.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Golden cases of attention itself: numbers of {@code golden.py}, which knows no Java. */
final class AttentionGoldenTest {

  @Test
  void g27_twoTokens_probabilitiesAndOutputAreTheOracles() {
    float[] row = probabilities(new float[] {1, 0, 0, 1}, 2, QueryWindow.of(at(2), one(1, 0), 2));
    assertThat(row).containsExactly(new float[] {0.669762f, 0.330238f}, within(1e-5f));
    assertThat(10 * row[0] + 20 * row[1]).isEqualTo(13.302384f, within(1e-4f));
  }

  @Test
  void g11_twoSegmentsSeenBesideEachOther_addUpToTheWhole() {
    float[] first = {1, 2};
    float[] second = {0, 3};
    float[] unseen = {-1_000};
    QueryWindow query = QueryWindow.of(at(2), one(1), 1);
    float[] ofFirst = probabilities(first, 1, query.besides(second, unseen));
    float[] ofSecond = probabilities(second, 1, query.besides(first, unseen));
    assertThat(ofFirst[0] + ofFirst[1]).isEqualTo(0.324027f, within(1e-5f));
    assertThat(ofSecond[0] + ofSecond[1]).isEqualTo(0.675973f, within(1e-5f));
    double merged = 10 * ofFirst[0] + 20 * ofFirst[1] - 5 * ofSecond[0] + 7 * ofSecond[1];
    assertThat(merged).isEqualTo(9.95620635, within(1e-5));
  }

  private static float[] probabilities(float[] keys, int dims, QueryWindow window) {
    int slots = keys.length / dims;
    var positions = new int[slots];
    for (int slot = 0; slot < slots; slot++) {
      positions[slot] = slot;
    }
    var rows = new AttentionRows(HeadSignals.of(0, 0, dims, positions).keys(keys).build());
    var row = new float[slots];
    rows.probabilities(window, 0, 0, row);
    return row;
  }

  private static int[] at(int position) {
    return new int[] {position};
  }

  private static float[][] one(float... query) {
    return new float[][] {query};
  }
}
