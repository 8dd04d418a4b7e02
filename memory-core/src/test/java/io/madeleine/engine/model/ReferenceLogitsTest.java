package io.madeleine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.Observe.Signal;
import io.madeleine.testing.model.Family;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Our logits next to those of {@code src/test/python/reference_logits.py}, an implementation in
 * numpy that shares no line with ours. The expected files hold what the script printed; run as a
 * program this class writes the model files and prints the commands that make them again.
 */
final class ReferenceLogitsTest {

  private static final int TOKENS = 48;
  private static final int PRINTED = 8;

  private final Path directory;

  ReferenceLogitsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** Writes the models to the directory given. */
  public static void main(String[] arguments) {
    for (Family family : List.of(Family.QWEN3, Family.SMOLLM3, Family.GEMMA3)) {
      Path file = Path.of(arguments[0]).resolve(name(family) + ".gguf");
      model(family).writeTo(file);
      String tokens = Arrays.toString(tokens()).replaceAll("[\\[\\] ]", "");
      System.out.printf(
          "python3 src/test/python/reference_logits.py %s %s > src/test/resources/engine/%s.txt%n",
          file, tokens, name(family));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Family.class,
      names = {"QWEN3", "SMOLLM3", "GEMMA3"})
  void forward_equalsTheReference(Family family) throws IOException {
    Path file = model(family).writeTo(directory.resolve("model.gguf"));
    float[][] ours = ours(file);
    List<String> expected = expected(family);
    assertThat(expected).hasSize(TOKENS);
    for (int t = 0; t < TOKENS; t++) {
      String[] fields = expected.get(t).split(" ");
      double rms = Double.parseDouble(fields[1 + PRINTED]);
      for (int i = 0; i < PRINTED; i++) {
        double logit = Double.parseDouble(fields[1 + i]);
        assertThat((double) ours[t][i]).as("position %d", t).isCloseTo(logit, offset(1e-4 * rms));
      }
      assertThat(rms(ours[t])).isCloseTo(rms, offset(1e-4 * rms));
    }
  }

  private static TinyModel model(Family family) {
    return TinyModel.GROUPED.with(family).withLayers(family == Family.GEMMA3 ? 7 : 5);
  }

  private static String name(Family family) {
    return family.name().toLowerCase(Locale.ROOT);
  }

  private static int[] tokens() {
    return new SplittableRandom(5).ints(TOKENS, 3, 250).toArray();
  }

  private static double rms(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += (double) logit * logit;
    }
    return Math.sqrt(sum / logits.length);
  }

  private static List<String> expected(Family family) throws IOException {
    try (var in =
        ReferenceLogitsTest.class.getResourceAsStream("/engine/" + name(family) + ".txt")) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  private static float[][] ours(Path file) {
    try (var gguf = GgufFile.open(file);
        var model = Transformer.load(gguf, new EngineOptions(2, false));
        var pool = new PagePool(16 << 20);
        var cache = new KvCache(model.kvShape(), KvType.F32, pool)) {
      return model.prefill(cache, tokens(), Observe.of(Signal.ALL_LOGITS)).allLogits();
    }
  }
}
