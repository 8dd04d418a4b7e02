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
import io.madeleine.testing.model.TinyVocabulary;
import io.madeleine.testing.oracle.LlamaCpp;
import io.madeleine.testing.oracle.Oracle;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Our logits next to llama.cpp's, on the same file and the same tokens. */
final class LogitsParityTest {
  private static final int POSITIONS = 256;

  /** llama.cpp rounds activations to 8 bits where weights are quantised; we do not. */
  private static final double CLEAR_GAP = 0.3;

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
        TinyModel.GROUPED.with(Family.QWEN2),
        TinyModel.GROUPED.with(Family.PHI3).with(TinyVocabulary.SENTENCE_PIECE));
  }

  @ParameterizedTest
  @MethodSource("fullPrecision")
  void logits_fullPrecision_agreeToRounding(TinyModel model) {
    var compared = new Compared(model);

    assertThat(compared.largestRelativeRms()).isLessThan(1e-4);
    assertThat(compared.meanDivergence()).isLessThan(1e-8);
  }

  /** llama.cpp looks GELU up in a table of f16, so its own rounding is the larger one. */
  @Test
  void logits_gemma_agreeToTheOraclesTableOfGelu() {
    var compared =
        new Compared(
            TinyModel.GROUPED
                .with(Family.GEMMA3)
                .with(TinyVocabulary.SENTENCE_PIECE)
                .withLayers(7));

    assertThat(compared.largestRelativeRms()).isLessThan(2e-3);
    assertThat(compared.meanDivergence()).isLessThan(1e-5);
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F16", "BF16", "Q8_0", "Q4_0"})
  void logits_quantised_agreeWhereTheOracleIsSure(ElementType type) {
    var compared = new Compared(TinyModel.SUPER_BLOCKS.with(type));

    assertThat(compared.meanDivergence()).isLessThan(5e-3);
    assertThat(compared.sure()).isGreaterThan(POSITIONS / 3);
    assertThat(compared.agreementWhereSure()).isEqualTo(1);
  }

  /** Both engines' logits after each of the same tokens. */
  private final class Compared {
    private final float[][] theirs;
    private final float[][] ours;

    Compared(TinyModel model) {
      Path path = model.writeTo(directory.resolve("model.gguf"));
      int[] tokens;
      try (LlamaCpp oracle = LlamaCpp.load(path, LlamaCpp.Options.exact(POSITIONS))) {
        tokens = new SplittableRandom(11).ints(POSITIONS, 0, oracle.vocabularySize()).toArray();
        theirs = oracle.logits(tokens);
      }
      try (var file = GgufFile.open(path);
          var transformer = Transformer.load(file, new EngineOptions(1, false));
          var pool = new PagePool(1 << 26);
          var cache = new KvCache(transformer.kvShape(), KvType.F32, pool)) {
        ours = transformer.prefill(cache, tokens, Observe.of(Signal.ALL_LOGITS)).allLogits();
      }
    }

    double largestRelativeRms() {
      double largest = 0;
      for (int i = 0; i < POSITIONS; i++) {
        double error = 0;
        double norm = 0;
        for (int v = 0; v < theirs[i].length; v++) {
          error += Math.pow(ours[i][v] - (double) theirs[i][v], 2);
          norm += Math.pow(theirs[i][v], 2);
        }
        largest = Math.max(largest, Math.sqrt(error / norm));
      }
      return largest;
    }

    /** Kullback–Leibler divergence of ours from theirs, in nats, mean over positions. */
    double meanDivergence() {
      double sum = 0;
      for (int i = 0; i < POSITIONS; i++) {
        double[] p = logProbabilities(theirs[i]);
        double[] q = logProbabilities(ours[i]);
        for (int v = 0; v < p.length; v++) {
          sum += Math.exp(p[v]) * (p[v] - q[v]);
        }
      }
      return sum / POSITIONS;
    }

    /** Positions whose best token leads the second by more than rounding explains. */
    int sure() {
      int sure = 0;
      for (float[] logits : theirs) {
        sure += gap(logits) > CLEAR_GAP ? 1 : 0;
      }
      return sure;
    }

    double agreementWhereSure() {
      int agreed = 0;
      for (int i = 0; i < POSITIONS; i++) {
        boolean same = best(theirs[i]) == best(ours[i]);
        agreed += gap(theirs[i]) > CLEAR_GAP && same ? 1 : 0;
      }
      return (double) agreed / sure();
    }
  }

  private static double[] logProbabilities(float[] logits) {
    double largest = logits[best(logits)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    var logs = new double[logits.length];
    for (int v = 0; v < logs.length; v++) {
      logs[v] = logits[v] - largest - Math.log(sum);
    }
    return logs;
  }

  private static double gap(float[] logits) {
    int best = best(logits);
    float second = Float.NEGATIVE_INFINITY;
    for (int v = 0; v < logits.length; v++) {
      second = v == best ? second : Math.max(second, logits[v]);
    }
    return logits[best] - second;
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int v = 1; v < logits.length; v++) {
      best = logits[v] > logits[best] ? v : best;
    }
    return best;
  }
}
