package io.madeleine.engine.model;

import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.Kernels.Product;
import io.madeleine.engine.kernel.Matrix;
import io.madeleine.engine.kernel.WorkerPool;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Has the JVM compile the products before the first real token comes: every type and length of row
 * that a model holds, a few rows of each, again and again. The rows of a weight are alike, so a
 * hundred of them teach the compiler what the whole model would, in a fraction of the time.
 */
final class WarmUp {
  private WarmUp() {}

  private static final int ROWS = 96;

  /** How often for one token, for a batch and for a prefill: each long enough to be compiled. */
  private static final int[][] TOKENS_AND_ROUNDS = {{1, 80}, {8, 30}, {64, 10}};

  static void products(Kernels kernels, WorkerPool pool, Weights weights) {
    for (Tensor sample : samples(weights)) {
      int columns = (int) sample.columns();
      try (Arena arena = Arena.ofShared()) {
        var x = new Matrix(arena, 64, columns);
        var out = new Matrix(arena, 64, (int) sample.rows());
        Product[] product = {new Product(sample, out, 0)};
        var scratch = kernels.scratch(arena, pool, columns, 64);
        for (int[] each : TOKENS_AND_ROUNDS) {
          for (int round = 0; round < each[1]; round++) {
            kernels.multiply(pool, scratch, x, each[0], product);
          }
        }
      }
    }
  }

  /** {@return the first rows of one weight for each type and length of row} */
  private static List<Tensor> samples(Weights weights) {
    var samples = new ArrayList<Tensor>();
    Set<Object> seen = new HashSet<>();
    for (Tensor weight : weights.matrices()) {
      if (seen.add(List.of(weight.type(), weight.columns()))) {
        long rows = Math.min(ROWS, weight.rows());
        var data = weight.data().asSlice(0, rows * weight.rowBytes());
        samples.add(new Tensor(weight.name(), weight.type(), rows, weight.columns(), data));
      }
    }
    return samples;
  }
}
