package io.madeleine.evaluation.bench;

import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.Kernels.Product;
import io.madeleine.engine.kernel.Matrix;
import io.madeleine.engine.kernel.WorkerPool;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * How many multiplications a second does one core do, for each type and number of tokens? One
 * thread, its own processor time, medians; the matrices together are larger than the last cache.
 */
@Command(
    name = "kernels",
    mixinStandardHelpOptions = true,
    description = "Measures matrix products: GMAC for each second of processor time.")
public final class KernelBench implements Callable<Integer> {
  private static final int MATRICES = 16;
  private static final long SEED = 20_26;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--type",
      split = ",",
      defaultValue = "Q8_0,Q4_0,Q4_K,Q5_K,Q6_K,Q4_1,Q5_0,Q5_1,F16,BF16,F32",
      paramLabel = "TYPE",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<ElementType> types = List.of();

  @Option(
      names = "--tokens",
      split = ",",
      defaultValue = "1,2,4,8,16,32,256",
      paramLabel = "N",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<Integer> tokens = List.of();

  @Option(
      names = "--size",
      defaultValue = "2048",
      description = "Rows and columns of a matrix. Default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Medians are taken over so many. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%-6s", "tokens");
    tokens.forEach(count -> out.printf("%8d", count));
    out.println();
    for (ElementType type : types) {
      out.printf("%-6s", type);
      try (Arena arena = Arena.ofConfined();
          var pool = new WorkerPool(1)) {
        Tensor[] weights = weights(arena, type);
        for (int count : tokens) {
          out.printf(Locale.ROOT, "%8.1f", measure(arena, pool, weights, count));
          out.flush();
        }
      }
      out.println();
    }
    return 0;
  }

  private Tensor[] weights(Arena arena, ElementType type) {
    var random = new SplittableRandom(SEED);
    var row = new float[size];
    for (int c = 0; c < size; c++) {
      row[c] = (float) random.nextGaussian();
    }
    MemorySegment blocks = Blocks.quantise(type, row);
    var weights = new Tensor[MATRICES];
    for (int i = 0; i < MATRICES; i++) {
      MemorySegment data = arena.allocate(blocks.byteSize() * size, 64);
      for (int r = 0; r < size; r++) {
        data.asSlice(r * blocks.byteSize()).copyFrom(blocks);
      }
      weights[i] = new Tensor("w" + i, type, size, size, data);
    }
    return weights;
  }

  private double measure(Arena arena, WorkerPool pool, Tensor[] weights, int count) {
    Kernels kernels = Kernels.best();
    var x = new Matrix(arena, count, size);
    var random = new SplittableRandom(SEED);
    for (int t = 0; t < count; t++) {
      for (int c = 0; c < size; c++) {
        x.set(t, c, (float) random.nextGaussian());
      }
    }
    var out = new Matrix(arena, count, size);
    Kernels.Scratch scratch = kernels.scratch(arena, pool, size, count);
    var speeds = new double[rounds];
    for (int round = -3; round < rounds; round++) {
      var threads = ManagementFactory.getThreadMXBean();
      long started = threads.getCurrentThreadCpuTime();
      int products = 0;
      long elapsed;
      do {
        for (Tensor weight : weights) {
          kernels.multiply(pool, scratch, x, count, new Product[] {new Product(weight, out, 0)});
        }
        products += weights.length;
        elapsed = threads.getCurrentThreadCpuTime() - started;
      } while (elapsed < 100_000_000L);
      if (round >= 0) {
        speeds[round] = (double) products * count * size * size / elapsed;
      }
    }
    Arrays.sort(speeds);
    return speeds[rounds / 2];
  }
}
