package io.madeleine.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class BlocksTest {
  private static final int COLUMNS = 512;

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void quantise_thenDequantise_staysClose(ElementType type) {
    float[] numbers = gaussian(COLUMNS);

    var row = new float[COLUMNS];
    Blocks.dequantise(tensor(type, 1, Blocks.quantise(type, numbers)), 0, row);

    assertThat(relativeError(numbers, row)).isLessThan(tolerance(type));
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void quantise_zeros_staysZero(ElementType type) {
    Tensor zeros = tensor(type, 1, Blocks.quantise(type, new float[COLUMNS]));

    for (float number : Blocks.dequantise(zeros)) {
      assertThat(number).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void dequantise_laterRow_startsAtItsOwnBlocks(ElementType type) {
    float[] numbers = gaussian(3 * COLUMNS);
    Tensor tensor = tensor(type, 3, Blocks.quantise(type, numbers));

    float[] all = Blocks.dequantise(tensor);
    var row = new float[COLUMNS];
    Blocks.dequantise(tensor, 2, row);

    assertThat(row).isEqualTo(Arrays.copyOfRange(all, 2 * COLUMNS, 3 * COLUMNS));
  }

  @Test
  void dequantise_noSuchRow_isRefused() {
    Tensor tensor = tensor(ElementType.F32, 1, MemorySegment.ofArray(new byte[4 * COLUMNS]));
    assertThatThrownBy(() -> Blocks.dequantise(tensor, 1, new float[COLUMNS]))
        .hasMessageContaining("has 1 rows, so there is no row 1");
    assertThatThrownBy(() -> Blocks.dequantise(tensor, 0, new float[3]))
        .hasMessageContaining("has 512 numbers, but there is room for 3");
  }

  private static Tensor tensor(ElementType type, int rows, MemorySegment data) {
    return new Tensor("t", type, rows, COLUMNS, data);
  }

  static float[] gaussian(int count) {
    var random = new SplittableRandom(count);
    var numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static double relativeError(float[] expected, float[] actual) {
    double error = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      error += Math.pow(expected[i] - actual[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(error / norm);
  }

  private static double tolerance(ElementType type) {
    return switch (type) {
      case F32 -> 1e-12;
      case F16 -> 5e-4;
      case BF16 -> 3e-3;
      case Q8_0 -> 7e-3;
      case Q6_K -> 0.025;
      case Q5_0, Q5_1, Q5_K -> 0.06;
      case Q4_0, Q4_1, Q4_K -> 0.11;
    };
  }
}
