package io.madeleine.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.testing.oracle.LlamaLibrary;
import io.madeleine.testing.oracle.Oracle;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our blocks against ggml's, bit for bit. */
final class BlocksOracleTest {
  private static final int COLUMNS = 64 * 256;

  @BeforeEach
  void needsLlamaCpp() {
    Oracle.assumePresent();
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F32"})
  void dequantise_anyBytes_givesTheBitsOfGgml(ElementType type) {
    MemorySegment blocks = anyBytes(type);

    float[] theirs = LlamaLibrary.get().dequantiseRow(reader(type), blocks, COLUMNS);
    float[] ours = Blocks.dequantise(new Tensor("t", type, 1, COLUMNS, blocks));

    assertThat(bits(ours)).isEqualTo(bits(theirs));
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"})
  void quantise_gaussian_givesTheBytesOfGgml(ElementType type) {
    float[] numbers = BlocksTest.gaussian(COLUMNS);

    byte[] theirs =
        LlamaLibrary.get().quantiseRow(writer(type), numbers, (int) type.bytes(COLUMNS));

    assertThat(Blocks.quantise(type, numbers).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(theirs);
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"Q4_K", "Q5_K", "Q6_K"})
  void quantise_superBlocks_losesAtMostAQuarterMoreThanGgml(ElementType type) {
    float[] numbers = BlocksTest.gaussian(COLUMNS);
    byte[] theirs =
        LlamaLibrary.get().quantiseRow(writer(type), numbers, (int) type.bytes(COLUMNS));

    double theirLoss = loss(numbers, type, MemorySegment.ofArray(theirs));
    double ourLoss = loss(numbers, type, Blocks.quantise(type, numbers));

    assertThat(ourLoss).isLessThan(1.25 * theirLoss);
  }

  private static double loss(float[] numbers, ElementType type, MemorySegment blocks) {
    float[] back = Blocks.dequantise(new Tensor("t", type, 1, COLUMNS, blocks));
    double loss = 0;
    for (int i = 0; i < back.length; i++) {
      loss += Math.pow(back[i] - numbers[i], 2);
    }
    return Math.sqrt(loss / back.length);
  }

  /** Random bytes, infinities and NaN among the scales included. */
  private static MemorySegment anyBytes(ElementType type) {
    var bytes = new byte[(int) type.bytes(COLUMNS)];
    new SplittableRandom(type.ggufId()).nextBytes(bytes);
    return MemorySegment.ofArray(bytes);
  }

  /** Bits, with every NaN the same: which one comes out of a sum is nobody's promise. */
  private static int[] bits(float[] numbers) {
    var bits = new int[numbers.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(numbers[i]);
    }
    return bits;
  }

  private static String reader(ElementType type) {
    return switch (type) {
      case F32 -> throw new IllegalArgumentException("F32 needs no reader");
      case F16 -> "ggml_fp16_to_fp32_row";
      case BF16 -> "ggml_bf16_to_fp32_row";
      default -> "dequantize_row_" + suffix(type);
    };
  }

  private static String writer(ElementType type) {
    return "quantize_row_" + suffix(type) + "_ref";
  }

  private static String suffix(ElementType type) {
    return "q" + type.name().substring(1);
  }
}
