package io.madeleine.memory.compression.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden cases of the allocators, and the laws of water-filling (I2). */
final class BudgetGoldenTest {

  @ParameterizedTest
  @CsvSource({
    "1000, 0.5, 8, 975 658 342 25",
    "1000, 0.25, 8, 488 329 171 12",
    "100, 0.5, 8, 92 64 36 8",
    "1000, 0.5, 64, 936 645 355 64",
    "2560, 0.5, 64, 2496 1685 875 64",
    "2600, 0.5, 64, 2535 1712 888 65",
    "4096, 0.25, 64, 1024 1024 1024 1024"
  })
  void g4_g26_pyramid_matchesTheOracle(int tokens, double kept, int window, String expected) {
    double[] weights = LayerShares.pyramid(tokens, tokens * kept, window, 20, 4);
    long[] shares = filling(4, 0, tokens).share(weights, (long) (4 * tokens * kept));
    assertThat(shares).containsExactly(longs(expected));
  }

  @Test
  void g5_sensitivity_matchesTheOracleAndSpendsExactly() {
    double[] weights = {1e-4, 25e-4, 1e-2, 9e-4};
    assertThat(filling(4, 0, 4000).share(weights, 4000)).containsExactly(29, 741, 2963, 267);
    assertThat(filling(4, 250, 2000).share(weights, 4000)).containsExactly(250, 1287, 2000, 463);
  }

  @Test
  void g23_matrixEntropy_ofACross_countsItsDirections() {
    float[] cross = {1, 0, 0, 1, -1, 0, 0, -1, 2, 0};
    assertThat(MatrixEntropy.of(cross, 2)).isEqualTo(0.6441857770863766, within(1e-5));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#many")
  void share_anyWeights_addsUpWithinFloorsAndCaps(long seed) {
    var random = new SplittableRandom(seed);
    int layers = random.nextInt(1, 12);
    var floors = new long[layers];
    var caps = new long[layers];
    var weights = new double[layers];
    for (int layer = 0; layer < layers; layer++) {
      floors[layer] = random.nextInt(20);
      caps[layer] = floors[layer] + random.nextInt(200);
      weights[layer] = random.nextInt(3) == 0 ? 0 : Math.pow(random.nextDouble(), 4);
    }
    long low = Arrays.stream(floors).sum();
    long high = Arrays.stream(caps).sum();
    long total = random.nextLong(low, high + 10);

    var filling = new WaterFilling(floors, caps);
    long[] shares = filling.share(weights, total);

    assertThat(Arrays.stream(shares).sum()).isEqualTo(Math.min(total, high));
    for (int layer = 0; layer < layers; layer++) {
      assertThat(shares[layer]).isBetween(floors[layer], caps[layer]);
    }
  }

  @Test
  void share_floorsAboveTotal_saysWhatIsMissing() {
    assertThatThrownBy(() -> filling(4, 10, 20).share(new double[4], 39))
        .isInstanceOf(BudgetTooSmallException.class)
        .hasMessageContaining("40")
        .hasMessageContaining("39")
        .hasMessageContaining("raise the budget");
  }

  @Test
  void slots_ofEachBudget_countsWholeSlots() {
    assertThat(new Budget.Tokens(10).slots(1000, 4, 100)).isEqualTo(40);
    assertThat(new Budget.Tokens(10_000).slots(1000, 4, 100)).isEqualTo(1000);
    assertThat(new Budget.Kept(0.25).slots(1001, 4, 100)).isEqualTo(250);
    assertThat(new Budget.Bytes(999).slots(1000, 4, 100)).isEqualTo(9);
  }

  private static WaterFilling filling(int layers, long floor, long cap) {
    var floors = new long[layers];
    var caps = new long[layers];
    Arrays.fill(floors, floor);
    Arrays.fill(caps, cap);
    return new WaterFilling(floors, caps);
  }

  private static long[] longs(String text) {
    return Arrays.stream(text.split(" ", -1)).mapToLong(Long::parseLong).toArray();
  }
}
