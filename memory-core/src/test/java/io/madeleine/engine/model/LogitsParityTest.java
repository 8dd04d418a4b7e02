package io.madeleine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.gguf.GgufWriter;
import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.TableGelu;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import io.madeleine.testing.model.Family;
import io.madeleine.testing.model.TinyModel;
import io.madeleine.testing.model.TinyVocabulary;
import io.madeleine.testing.oracle.LlamaCpp;
import io.madeleine.testing.oracle.Oracle;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Our logits next to llama.cpp's, on the same weights and the same tokens. */
final class LogitsParityTest {
  private static final int POSITIONS = 224;

  /** Of relative rms: what another order of f32 sums explains. */
  private static final double ROUNDING = 1e-4;

  private final Path directory;

  LogitsParityTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void needsLlamaCpp() {
    Oracle.assumePresent();
  }

  static Stream<TinyModel> fullPrecision() {
    return Stream.of(
        TinyModel.GROUPED,
        TinyModel.MULTI_HEAD,
        TinyModel.WIDE_HEADS,
        TinyModel.WIDE_HEADS.with(Family.LLAMA_YARN),
        TinyModel.GROUPED.with(Family.LLAMA_BIASED),
        TinyModel.GROUPED.with(Family.QWEN2),
        TinyModel.GROUPED.with(Family.PHI3).with(TinyVocabulary.SENTENCE_PIECE),
        TinyModel.GROUPED.with(Family.PHI3_LONG).with(TinyVocabulary.SENTENCE_PIECE));
  }

  @ParameterizedTest
  @MethodSource("fullPrecision")
  void logits_fullPrecision_agreeToRounding(TinyModel model) {
    Path file = model.writeTo(directory.resolve("model.gguf"));
    assertThat(largestRelativeRms(ours(file, Kernels.best()), theirs(file))).isLessThan(ROUNDING);
  }

  @Test
  void logits_longRopeWithinItsFirstContext_takeTheShortFactors() {
    TinyModel model = TinyModel.GROUPED.with(Family.PHI3_LONG).with(TinyVocabulary.SENTENCE_PIECE);
    Path file = model.writeTo(directory.resolve("model.gguf"));
    int context = 128;
    int[] tokens;
    float[][] theirs;
    try (LlamaCpp oracle = LlamaCpp.load(file, LlamaCpp.Options.exact(context))) {
      tokens = new SplittableRandom(11).ints(context - 1, 0, oracle.vocabularySize()).toArray();
      theirs = oracle.logits(tokens);
    }
    EngineOptions options = new EngineOptions(1, false);
    float[][] ours = ours(file, Kernels.best(), options.within(context), tokens);
    float[][] longer = ours(file, Kernels.best(), options.within(context + 1), tokens);
    for (int t = 1; t < tokens.length; t++) {
      assertThat(Logits.relativeRms(ours[t], theirs[t])).isLessThan(ROUNDING);
      assertThat(Logits.relativeRms(longer[t], theirs[t])).isGreaterThan(ROUNDING);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama.rope.scaling.factor", "llama.rope.scale_linear"})
  void logits_factorWithoutTheTypeOfScaling_isLinear(String key) {
    Path file = directory.resolve("model.gguf");
    TinyModel.GROUPED.writer().number(key, 4).writeTo(file);
    assertThat(largestRelativeRms(ours(file, Kernels.best()), theirs(file))).isLessThan(ROUNDING);
  }

  /**
   * llama.cpp looks GELU up in a table of f16. With a table like it most positions agree as closely
   * as anywhere: what is between us without one is the table. The rest have an activation on the
   * border of two entries. ReferenceLogitsTest holds the family to exact numbers.
   */
  @Test
  void logits_gemma_agreeToRoundingWithTheOraclesTableOfGelu() {
    TinyModel model =
        TinyModel.GROUPED.with(Family.GEMMA3).with(TinyVocabulary.SENTENCE_PIECE).withLayers(7);
    Path file = model.writeTo(directory.resolve("model.gguf"));
    float[][] theirs = theirs(file);
    double[] tabled = relativeRms(ours(file, TableGelu.kernels()), theirs);
    double[] exact = relativeRms(ours(file, Kernels.best()), theirs);

    assertThat(tabled[0]).isLessThan(ROUNDING / 10);
    assertThat(tabled[POSITIONS / 2]).isLessThan(ROUNDING);
    assertThat(exact[0]).isGreaterThan(10 * tabled[0]);
    assertThat(exact[POSITIONS - 1]).isLessThan(1e-3);
  }

  /**
   * llama.cpp rounds activations to 8 bits, or to halves, where weights are not f32; we never do.
   * On the same weights written as f32 it does not either, and there we must agree to rounding. Its
   * own noise, that of one file next to the other, is the measure of how far apart we may be on the
   * quantised file: nowhere on average more than that, and the same best token wherever its lead is
   * more than what the noise could turn: twice the most that any logit of that position was moved.
   */
  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F32"})
  void logits_otherTypes_agreeWithTheOracleWithoutItsNoise(ElementType type) {
    Path file = TinyModel.SUPER_BLOCKS.with(type).writeTo(directory.resolve("model.gguf"));
    float[][] ours = ours(file, Kernels.best());
    float[][] noisy = theirs(file);
    float[][] exact = theirs(decoded(file));

    assertThat(largestRelativeRms(ours, exact)).isLessThan(ROUNDING);
    assertThat(meanDivergence(noisy, ours)).isLessThan(1.01 * meanDivergence(noisy, exact) + 1e-8);
    int sure = 0;
    for (int t = 0; t < POSITIONS; t++) {
      if (Logits.gap(noisy[t]) > 2 * largestDifference(noisy[t], exact[t])) {
        sure++;
        assertThat(Logits.greedy(ours[t])).as("position %d", t).isEqualTo(Logits.greedy(noisy[t]));
      }
    }
    assertThat(sure).isGreaterThan(POSITIONS / 4);
  }

  /** The same file with all weights as f32. */
  private Path decoded(Path file) {
    Path copy = directory.resolve("decoded.gguf");
    try (var source = GgufFile.open(file)) {
      var writer = new GgufWriter().metadata(source.metadata());
      for (String name : source.tensorNames()) {
        Tensor tensor = source.tensor(name);
        writer.tensor(name, ElementType.F32, tensor.rows(), tensor.columns(), () -> floats(tensor));
      }
      writer.writeTo(copy);
    }
    return copy;
  }

  private static MemorySegment floats(Tensor tensor) {
    return Blocks.quantise(ElementType.F32, Blocks.dequantise(tensor));
  }

  private static int[] tokens(int vocabulary) {
    return new SplittableRandom(11).ints(POSITIONS, 0, vocabulary).toArray();
  }

  private static float[][] theirs(Path file) {
    try (LlamaCpp oracle = LlamaCpp.load(file, LlamaCpp.Options.exact(POSITIONS))) {
      return oracle.logits(tokens(oracle.vocabularySize()));
    }
  }

  private static float[][] ours(Path file, Kernels kernels) {
    int vocabulary;
    try (var gguf = GgufFile.open(file)) {
      vocabulary = (int) gguf.tensor("token_embd.weight").rows();
    }
    return ours(file, kernels, new EngineOptions(1, false), tokens(vocabulary));
  }

  private static float[][] ours(Path file, Kernels kernels, EngineOptions options, int[] tokens) {
    try (var gguf = GgufFile.open(file);
        var model = Transformer.load(gguf, options, kernels);
        var pool = new PagePool(1 << 26);
        var cache = new KvCache(model.kvShape(), KvType.F32, pool)) {
      return model.prefill(cache, tokens, Observe.of(Signal.ALL_LOGITS)).allLogits();
    }
  }

  private static double largestRelativeRms(float[][] actual, float[][] expected) {
    return relativeRms(actual, expected)[POSITIONS - 1];
  }

  /** {@return that of every position, ascending} */
  private static double[] relativeRms(float[][] actual, float[][] expected) {
    var all = new double[POSITIONS];
    for (int t = 0; t < POSITIONS; t++) {
      all[t] = Logits.relativeRms(actual[t], expected[t]);
    }
    Arrays.sort(all);
    return all;
  }

  private static double meanDivergence(float[][] p, float[][] q) {
    double sum = 0;
    for (int t = 0; t < POSITIONS; t++) {
      sum += Logits.divergence(p[t], q[t]);
    }
    return sum / POSITIONS;
  }

  private static double largestDifference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }
}
