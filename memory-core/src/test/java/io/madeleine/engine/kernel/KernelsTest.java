package io.madeleine.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KernelsTest {

  private final KernelTwins twins = new KernelTwins(new VectorKernels(), new ScalarKernels());

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void multiply_anyTypeAndTokenCount_equalsPlainJava(ElementType type) {
    for (int tokens : KernelTwins.TOKENS) {
      for (int columns : KernelTwins.COLUMNS) {
        assertThat(twins.multiply(type, columns, tokens))
            .as("%d tokens of %d columns", tokens, columns)
            .isLessThan(KernelTwins.TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void dequantise_anyType_equalsTheBlockReaders(ElementType type) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor row = KernelTwins.tensor(arena, new SplittableRandom(5), type, 1, 768);
      var out = new Matrix(arena, 1, 768);
      Kernels.best().dequantise(row, 0, out, 0);
      float[] expected = Blocks.dequantise(row);
      var actual = new float[768];
      out.read(0, 0, 768, actual, 0);
      assertThat(actual).containsExactly(expected, offset(1e-6f));
    }
  }

  @ParameterizedTest
  @EnumSource(KvType.class)
  void attention_anyPages_equalsPlainJava(KvType type) {
    assertThat(twins.attention(type, 64)).isLessThan(KernelTwins.TOLERANCE);
    assertThat(twins.attention(type, 24)).isLessThan(KernelTwins.TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 100, 333})
  void elementwise_anyLength_equalsPlainJava(int count) {
    assertThat(twins.elementwise(count)).isLessThan(KernelTwins.TOLERANCE);
  }

  /** Machines with 256 and 128 bits run other lines of the same kernels. */
  @ParameterizedTest
  @ValueSource(ints = {32, 16})
  void twins_onNarrowerVectors_agreeToo(int bytes) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:MaxVectorSize=" + bytes,
                "-cp",
                System.getProperty("java.class.path"),
                KernelTwins.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(child.exitValue()).as(said).isZero();
    assertThat(said).contains("lanes " + bytes / Float.BYTES);
  }

  @Test
  void multiply_outTooNarrow_saysWhatDoesNotFit() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor weight = KernelTwins.tensor(arena, new SplittableRandom(1), ElementType.F32, 20, 32);
      var out = new Matrix(arena, 1, 19);
      assertThatThrownBy(() -> new Kernels.Product(weight, out, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("20")
          .hasMessageContaining("19");
    }
  }

  @Test
  void run_manyTimes_everyShareEveryTime() {
    try (var pool = new WorkerPool(3)) {
      var done = new AtomicIntegerArray(3);
      for (int i = 0; i < 500; i++) {
        pool.run((worker, workers) -> done.incrementAndGet(worker));
      }
      for (int worker = 0; worker < 3; worker++) {
        assertThat(done.get(worker)).isEqualTo(500);
      }
    }
  }

  @Test
  void run_aShareThrows_theCallerHearsOfIt() {
    try (var pool = new WorkerPool(2)) {
      assertThatThrownBy(
              () ->
                  pool.run(
                      (worker, workers) -> {
                        if (worker == 1) {
                          throw new IllegalStateException("no luck");
                        }
                      }))
          .hasMessage("no luck");
      pool.run((worker, workers) -> {});
    }
  }
}
