package io.madeleine.engine.kernel;

import io.madeleine.engine.kernel.Kernels.Product;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * Runs the kernels of two makes on the same numbers and tells the largest difference, relative to
 * the size of the result. As a program it checks all of them once, at whatever width its JVM
 * allows, and prints that width.
 */
public final class KernelTwins {

  /** Sums of 1,280 terms in f32, in another order; codes of four bits stand in 256 + code. */
  static final double TOLERANCE = 4e-5;

  static final int[] TOKENS = {1, 2, 3, 5, 8, 9, 17, 33, 70};
  static final int[] COLUMNS = {256, 1280};

  private final Kernels fast;
  private final Kernels plain;

  KernelTwins(RawKernels fast, RawKernels plain) {
    this.fast = new Kernels(fast);
    this.plain = new Kernels(plain);
  }

  /** Fails, with words, if a pair of twins disagrees. */
  public static void main(String[] arguments) {
    var twins = new KernelTwins(new VectorKernels(), new ScalarKernels());
    for (ElementType type : ElementType.values()) {
      for (int tokens : TOKENS) {
        for (int columns : COLUMNS) {
          require(type + " " + tokens + "x" + columns, twins.multiply(type, columns, tokens));
        }
      }
    }
    for (KvType type : KvType.values()) {
      require("attention " + type, twins.attention(type, 32));
    }
    require("elementwise", twins.elementwise(100));
    System.out.println("lanes " + VectorLoads.LANES);
  }

  private static void require(String what, double difference) {
    if (!(difference < TOLERANCE)) {
      throw new AssertionError(what + " differs by " + difference);
    }
  }

  double multiply(ElementType type, int columns, int tokens) {
    try (Arena arena = Arena.ofConfined();
        var pool = new WorkerPool(2)) {
      var random = new SplittableRandom(columns + 31L * tokens);
      Tensor weight = tensor(arena, random, type, 101, columns);
      Tensor narrow = tensor(arena, random, type, 7, columns);
      Matrix x = gaussian(arena, random, tokens, columns);
      var results = new Matrix[2];
      for (int make = 0; make < 2; make++) {
        Kernels kernels = make == 0 ? fast : plain;
        var out = new Matrix(arena, tokens, 108);
        Product[] products = {new Product(weight, out, 0), new Product(narrow, out, 101)};
        kernels.multiply(pool, kernels.scratch(arena, pool, columns, tokens), x, tokens, products);
        results[make] = out;
      }
      return difference(results[0], results[1]);
    }
  }

  static Tensor tensor(
      Arena arena, SplittableRandom random, ElementType type, int rows, int columns) {
    var numbers = new float[rows * columns];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    MemorySegment blocks = Blocks.quantise(type, numbers);
    MemorySegment data = arena.allocate(blocks.byteSize(), 32);
    data.copyFrom(blocks);
    return new Tensor("t", type, rows, columns, data);
  }

  static Matrix gaussian(Arena arena, SplittableRandom random, int rows, int columns) {
    var matrix = new Matrix(arena, rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  double attention(KvType type, int headDim) {
    var random = new SplittableRandom(type.name().hashCode());
    var shape = new KvShape(1, 1, headDim);
    int slots = 45;
    double worst = 0;
    try (Arena arena = Arena.ofConfined();
        var pool = new PagePool(1 << 20);
        var cache = new KvCache(shape, type, pool)) {
      for (int i = 0; i < slots; i++) {
        cache.append(0, 0, vector(random, headDim), vector(random, headDim), i);
      }
      for (int rows : new int[] {1, 3, 4, 7, 8}) {
        Matrix queries = gaussian(arena, random, rows, headDim);
        Matrix[] outs = new Matrix[2];
        for (int make = 0; make < 2; make++) {
          Kernels kernels = make == 0 ? fast : plain;
          var scores = new Matrix(arena, rows, 48);
          outs[make] = new Matrix(arena, rows, headDim);
          int stride = queries.stride();
          kernels.scores(cache, 0, 0, 0, 3, queries, 0, 0, stride, rows, 0.3f, scores, 0, 0);
          for (int r = 0; r < rows; r++) {
            kernels.softmax(scores, r, 0, slots, 48);
          }
          kernels.weigh(cache, 0, 0, 0, 3, scores, 0, 0, rows, outs[make], 0, 0, stride);
        }
        worst = Math.max(worst, difference(outs[0], outs[1]));
      }
    }
    return worst;
  }

  private static float[] vector(SplittableRandom random, int size) {
    var vector = new float[size];
    for (int i = 0; i < size; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  /** Norm, gates, sums and scaling over a length that no vector divides. */
  double elementwise(int count) {
    double worst = 0;
    try (Arena arena = Arena.ofConfined()) {
      var random = new SplittableRandom(count);
      Tensor weight = tensor(arena, random, ElementType.F32, 1, count);
      Matrix x = gaussian(arena, random, 1, 2 * count);
      for (int operation = 0; operation < 5; operation++) {
        Matrix[] outs = new Matrix[2];
        for (int make = 0; make < 2; make++) {
          var kernels = make == 0 ? fast : plain;
          outs[make] = new Matrix(arena, 1, 2 * count);
          kernels.copy(x, 0, 0, outs[make], 0, 0, 2 * count);
          apply(kernels, operation, weight, x, outs[make], count);
        }
        worst = Math.max(worst, difference(outs[0], outs[1]));
      }
    }
    return worst;
  }

  private static void apply(
      Kernels kernels, int operation, Tensor weight, Matrix x, Matrix out, int count) {
    switch (operation) {
      case 0 -> kernels.rmsNorm(weight, 1e-5f, x, 0, 0, out, 0);
      case 1 -> kernels.swiGlu(out, 0, count);
      case 2 -> kernels.geGlu(out, 0, count);
      case 3 -> kernels.add(out, 0, x, 0);
      default -> out.set(0, 0, (float) kernels.logSumExp(x, 0, 2 * count));
    }
  }

  static double difference(Matrix actual, Matrix expected) {
    double worst = 0;
    double size = 0;
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.columns(); c++) {
        worst = Math.max(worst, Math.abs(actual.get(r, c) - expected.get(r, c)));
        size += Math.pow(expected.get(r, c), 2);
      }
    }
    return worst / Math.sqrt(size / expected.rows() / expected.columns());
  }
}
