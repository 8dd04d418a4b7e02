package io.madeleine.evaluation.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.engine.text.ModelText;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class ModelCommandTest {

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"Q8_0", "Q4_0", "Q4_K", "F32"})
  void call_tinyShape_makesAFileThatRuns(String type) throws IOException {
    Path model = make("one.gguf", "--type", type);

    try (GgufFile file = GgufFile.open(model);
        Transformer engine = Transformer.load(file, new EngineOptions(1, true));
        var pool = new PagePool(16 << 20);
        var cache = new KvCache(engine.kvShape(), KvType.F16, pool)) {
      int[] tokens = ModelText.of(file, Clock.systemUTC()).encode("Hello there.");
      assertThat(tokens).hasSizeBetween(6, 8); // in pairs
      float[] logits = engine.prefill(cache, tokens, Observe.lastLogits()).logits();
      assertThat(logits).hasSize(33_000);
      for (float logit : logits) {
        assertThat(logit).isFinite();
      }
      assertThat(Arrays.stream(toDoubles(logits)).distinct().count()).isGreaterThan(30_000);
    }
  }

  @Test
  void call_sameSeed_sameBytes() throws IOException {
    byte[] one = Files.readAllBytes(make("one.gguf"));

    assertThat(Files.readAllBytes(make("two.gguf"))).isEqualTo(one);
    assertThat(Files.readAllBytes(make("three.gguf", "--seed", "2")))
        .hasSameSizeAs(one)
        .isNotEqualTo(one);
  }

  @Test
  void call_impossibleShape_saysWhatDoesNotFit() {
    assertThat(refused("--kv-heads", "3")).contains("4 heads cannot share 3 KV heads");
    assertThat(refused("--width", "260")).contains("260 cannot be split into 4 heads");
    assertThat(refused("--vocabulary", "200")).contains("259 together, but was to have 200");
    assertThat(refused("--type", "Q4_K", "--width", "128")).contains("256");
  }

  private Path make(String name, String... more) {
    Path file = directory.resolve(name);
    var out = new StringWriter();
    assertThat(execute(file, out, more)).isZero();
    assertThat(out.toString()).contains(name).contains("bytes");
    return file;
  }

  private String refused(String... more) {
    var err = new StringWriter();
    Path file = directory.resolve("none.gguf");
    assertThat(execute(file, err, more)).isEqualTo(2);
    assertThat(file).doesNotExist();
    return err.toString();
  }

  private static int execute(Path file, StringWriter says, String... more) {
    var arguments = new ArrayList<>(List.of("--out", file.toString(), "--layers", "2"));
    arguments.addAll(List.of("--width", "256", "--heads", "4", "--kv-heads", "2"));
    arguments.addAll(List.of("--feed-forward", "512", "--vocabulary", "33000"));
    arguments.addAll(List.of(more));
    var command = new CommandLine(new ModelCommand()).setOverwrittenOptionsAllowed(true);
    command.setOut(new PrintWriter(says)).setErr(new PrintWriter(says));
    return command.execute(arguments.toArray(String[]::new));
  }

  private static double[] toDoubles(float[] numbers) {
    double[] doubles = new double[numbers.length];
    Arrays.setAll(doubles, i -> numbers[i]);
    return doubles;
  }
}
