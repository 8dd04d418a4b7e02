package io.madeleine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.testing.model.Family;
import io.madeleine.testing.model.TinyModel;
import io.madeleine.testing.oracle.LlamaCpp;
import io.madeleine.testing.oracle.Oracle;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Our logits next to llama.cpp's, on the same file. */
final class OracleParityTest {

  private static final int TOKENS = 220;
  private static final double CLEAR_GAP = 0.5;

  private final Path directory;

  OracleParityTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeEach
  void needsLlamaCpp() {
    Oracle.assumePresent();
  }

  static Stream<TinyModel> shapes() {
    return Stream.of(
        TinyModel.GROUPED,
        TinyModel.MULTI_HEAD,
        TinyModel.WIDE_HEADS,
        TinyModel.GROUPED.with(Family.QWEN2),
        TinyModel.GROUPED.with(Family.GEMMA3).withLayers(7),
        TinyModel.GROUPED.with(Family.PHI3));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void forward_f32_equalsLlamaCpp(TinyModel shape) {
    Path file = shape.writeTo(directory.resolve("model.gguf"));
    float[][] theirs = theirs(file);
    float[][] ours = ours(file);
    // llama.cpp looks GELU up in a table of f16; ReferenceLogitsTest has the exact numbers.
    double tolerance = shape.family() == Family.GEMMA3 ? 2e-3 : 1e-4;
    for (int t = 0; t < TOKENS; t++) {
      assertThat(Logits.relativeRms(ours[t], theirs[t])).as("position %d", t).isLessThan(tolerance);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F32"})
  void forward_otherTypes_meansTheSame(ElementType type) {
    Path file = TinyModel.SUPER_BLOCKS.with(type).writeTo(directory.resolve("model.gguf"));
    float[][] theirs = theirs(file);
    float[][] ours = ours(file);
    double divergence = 0;
    for (int t = 0; t < TOKENS; t++) {
      divergence += Logits.divergence(theirs[t], ours[t]) / TOKENS;
      if (Logits.gap(theirs[t]) > CLEAR_GAP) {
        assertThat(Logits.greedy(ours[t])).as("position %d", t).isEqualTo(Logits.greedy(theirs[t]));
      }
    }
    // llama.cpp rounds activations to 8 bits for these types, we do not.
    assertThat(divergence).isLessThan(0.01);
  }

  private static int[] tokens(int vocabulary) {
    return new SplittableRandom(99).ints(TOKENS, 3, vocabulary).toArray();
  }

  private static float[][] theirs(Path file) {
    try (LlamaCpp theirs = LlamaCpp.load(file, LlamaCpp.Options.exact(512))) {
      return theirs.logits(tokens(theirs.vocabularySize()));
    }
  }

  private static float[][] ours(Path file) {
    try (var gguf = GgufFile.open(file);
        var model = Transformer.load(gguf, new EngineOptions(2, false));
        var pool = new PagePool(16 << 20);
        var cache = new KvCache(model.kvShape(), KvType.F32, pool)) {
      int[] tokens = tokens(model.vocabularySize());
      return model.prefill(cache, tokens, Observe.of(Signal.ALL_LOGITS)).allLogits();
    }
  }
}
