package io.madeleine.engine.kernel;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.tensor.ElementType;
import io.madeleine.engine.tensor.Tensor;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The door to all arithmetic: checks shapes once, then works on bare memory. Products over many
 * rows are shared out over a {@link WorkerPool}; the small operations run on the calling thread.
 */
public final class Kernels {

  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  /** Most query rows that one call of {@link #scores} and {@link #weigh} takes. */
  public static final int ATTENTION_ROWS = 8;

  /** Rows of weights that are handed out together. */
  static final int PANEL_ROWS = 48;

  private final RawKernels raw;

  Kernels(RawKernels raw) {
    this.raw = raw;
  }

  /** {@return the fastest kernels that this JVM can run} */
  public static Kernels best() {
    if (ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent()) {
      return new Kernels(new VectorKernels());
    }
    System.getLogger(Kernels.class.getName())
        .log(
            Level.WARNING,
            "running without vector instructions, about ten times slower; start java with"
                + " --add-modules "
                + VECTOR_MODULE);
    return scalar();
  }

  /** {@return the reference kernels, in plain Java} */
  public static Kernels scalar() {
    return new Kernels(new ScalarKernels());
  }

  /** Decodes one row of a tensor to f32. */
  public void dequantise(Tensor tensor, long row, Matrix out, int outRow) {
    require(row >= 0 && row < tensor.rows(), "row", row, tensor.rows());
    require(tensor.columns() <= out.columns(), "columns", tensor.columns(), out.columns());
    raw.dequantise(
        tensor.type(),
        tensor.data().address() + row * tensor.rowBytes(),
        (int) tensor.columns(),
        out.address(outRow, 0));
  }

  /**
   * One weight matrix to multiply with, and where the results go: {@code out[t][outColumn + r] =
   * weight[r] · x[t]}.
   */
  public record Product(Tensor weight, Matrix out, int outColumn) {

    /**
     * @throws IllegalArgumentException if the results do not fit a row of {@code out}
     */
    public Product {
      require(outColumn + weight.rows() <= out.columns(), "rows", weight.rows(), out.columns());
    }
  }

  /**
   * Multiplies the first {@code tokens} rows of {@code x} with every weight, in one sharing out.
   */
  public void multiply(WorkerPool pool, Scratch scratch, Matrix x, int tokens, Product[] products) {
    require(tokens <= x.rows(), "tokens", tokens, x.rows());
    for (Product product : products) {
      long columns = product.weight.columns();
      require(columns <= x.columns(), "columns", columns, x.columns());
      require(columns == products[0].weight.columns(), "columns", columns, x.columns());
      require(columns <= scratch.packed.columns(), "columns", columns, scratch.packed.columns());
      require(tokens <= product.out.rows(), "tokens", tokens, product.out.rows());
    }
    int columns = (int) products[0].weight.columns();
    boolean packs = raw.packs(tokens);
    if (packs) {
      scratch.next.set(0);
      pool.run(
          (long) tokens * columns, (worker, workers) -> packShare(scratch, x, tokens, columns));
    }
    long rows = 0;
    for (Product product : products) {
      rows += product.weight.rows();
    }
    scratch.next.set(0);
    pool.run(
        rows * columns * tokens, (worker, workers) -> share(worker, scratch, x, tokens, products));
  }

  private void packShare(Scratch scratch, Matrix x, int tokens, int columns) {
    int tile = raw.packTile();
    for (int t = scratch.next.getAndAdd(tile); t < tokens; t = scratch.next.getAndAdd(tile)) {
      raw.pack(x.address(0, 0), x.stride(), tokens, columns, t, scratch.packed.address(0, 0));
    }
  }

  /** Takes panels until none is left. Whoever is slowed down by others takes fewer. */
  private void share(int worker, Scratch scratch, Matrix x, int tokens, Product[] products) {
    long own = scratch.own.address(worker, 0);
    ElementType prepared = null;
    int product = 0;
    int before = 0;
    int panel = scratch.next.getAndIncrement();
    while (product < products.length) {
      int panels = panels(products[product].weight);
      if (panel - before >= panels) {
        before += panels;
        product++;
      } else {
        int row = (panel - before) * PANEL_ROWS;
        Tensor weight = products[product].weight;
        if (tokens == 1 && weight.type() != prepared) {
          prepared = weight.type();
          raw.prepareRows(prepared, x.address(0, 0), (int) weight.columns(), own);
        }
        multiplyPanel(products[product], row, scratch, x, tokens, own);
        panel = scratch.next.getAndIncrement();
      }
    }
  }

  private static int panels(Tensor weight) {
    return (int) ((weight.rows() + PANEL_ROWS - 1) / PANEL_ROWS);
  }

  private void multiplyPanel(
      Product product, int row, Scratch scratch, Matrix x, int tokens, long own) {
    Tensor weight = product.weight;
    raw.multiplyPanel(
        weight.type(),
        weight.data().address() + row * weight.rowBytes(),
        (int) weight.columns(),
        (int) Math.min(PANEL_ROWS, weight.rows() - row),
        x.address(0, 0),
        x.stride(),
        tokens,
        scratch.packed.address(0, 0),
        product.out.address(0, product.outColumn + row),
        product.out.stride(),
        own);
  }

  /** {@return working memory for products of at most so many columns and tokens} */
  public Scratch scratch(Arena arena, WorkerPool pool, int columns, int tokens) {
    return new Scratch(
        new Matrix(arena, pool.threads(), raw.scratch(columns, tokens)),
        new Matrix(arena, Math.max(1, raw.packedTokens(tokens)), columns),
        new AtomicInteger());
  }

  /** Working memory of the products: one part for each worker of a pool, one for all. */
  public static final class Scratch {
    private final Matrix own;
    private final Matrix packed;
    private final AtomicInteger next;

    private Scratch(Matrix own, Matrix packed, AtomicInteger next) {
      this.own = own;
      this.packed = packed;
      this.next = next;
    }
  }

  /**
   * RMS norm of {@code weight.columns} elements of one row, from {@code column} on, to the same
   * columns of {@code out} (Zhang and Sennrich, <a
   * href="https://arxiv.org/abs/1910.07467">RMSNorm</a>, 2019).
   */
  public void rmsNorm(
      Tensor weight, float epsilon, Matrix x, int row, int column, Matrix out, int outRow) {
    require(weight.type() == ElementType.F32, "bytes", weight.type().bytesPerBlock(), 4);
    int count = (int) weight.columns();
    require(column + count <= x.stride(), "columns", column + count, x.stride());
    require(column + count <= out.stride(), "columns", column + count, out.stride());
    raw.rmsNorm(
        x.address(row, column),
        weight.data().address(),
        count,
        epsilon,
        out.address(outRow, column));
  }

  /** {@code x += y}, one row of both. */
  public void add(Matrix x, int row, Matrix y, int yRow) {
    require(x.columns() == y.columns(), "columns", x.columns(), y.columns());
    raw.add(x.address(row, 0), y.address(yRow, 0), x.columns());
  }

  /** {@code x += bias}, a part of one row, from {@code column} on. */
  public void add(Matrix x, int row, int column, Tensor bias) {
    require(bias.type() == ElementType.F32, "bytes", bias.type().bytesPerBlock(), 4);
    require(column + bias.columns() <= x.columns(), "columns", bias.columns(), x.columns());
    raw.add(x.address(row, column), bias.data().address(), (int) bias.columns());
  }

  /** {@code x *= factor}, one row. */
  public void scale(Matrix x, int row, float factor) {
    raw.scale(x.address(row, 0), factor, x.columns());
  }

  /**
   * {@code gate = silu(gate) × up} in one row: {@code count} gates, and as many ups behind them.
   */
  public void swiGlu(Matrix gateUp, int row, int count) {
    require(count <= gateUp.columns() / 2, "elements", count, gateUp.columns() / 2);
    raw.swiGlu(gateUp.address(row, 0), gateUp.address(row, count), count);
  }

  /**
   * {@code gate = gelu(gate) × up} in one row: {@code count} gates, and as many ups behind them.
   */
  public void geGlu(Matrix gateUp, int row, int count) {
    require(count <= gateUp.columns() / 2, "elements", count, gateUp.columns() / 2);
    raw.geGlu(gateUp.address(row, 0), gateUp.address(row, count), count);
  }

  /**
   * Turns one vector of a row in place.
   *
   * @param angles {@code [token][2 × pairs]}: the cosines of all pairs, then the sines
   */
  public void rotate(Rotary rotary, Matrix x, int row, int column, Matrix angles, int token) {
    int pairs = rotary.pairCount();
    require(column <= x.columns() - 2 * pairs, "pairs", pairs, x.columns());
    long cos = angles.address(token, 0);
    long sin = angles.address(token, pairs);
    if (rotary.pairs() == Rotary.Pairs.ADJACENT) {
      raw.rotateAdjacent(x.address(row, column), cos, sin, pairs);
    } else {
      raw.rotateHalves(x.address(row, column), cos, sin, pairs);
    }
  }

  /** Copies {@code count} elements of one row to another matrix. */
  public void copy(
      Matrix from, int row, int column, Matrix to, int toRow, int toColumn, int count) {
    MemorySegment.copy(
        from.data(), from.offset(row, column), to.data(), to.offset(toRow, toColumn), 4L * count);
  }

  /**
   * {@code out[outRow + r][outColumn + slot] = scale × q[r] · key[slot]} for the pages {@code
   * fromPage} to {@code toPage} of one head, and {@code rows} queries that stand {@code qStride}
   * elements apart.
   */
  public void scores(
      KvCache cache,
      int layer,
      int kvHead,
      int fromPage,
      int toPage,
      Matrix q,
      int qRow,
      int qColumn,
      int qStride,
      int rows,
      float scale,
      Matrix out,
      int outRow,
      int outColumn) {
    require(rows <= ATTENTION_ROWS, "rows", rows, ATTENTION_ROWS);
    require(
        outColumn + KvType.PAGE_TOKENS * (toPage - fromPage) <= out.stride(),
        "slots",
        outColumn + KvType.PAGE_TOKENS * (toPage - fromPage),
        out.stride());
    int headDim = cache.shape().headDim();
    long[] pages = cache.pageAddresses(layer, kvHead);
    for (int page = fromPage; page < toPage; page++) {
      raw.scores(
          cache.pageType(layer, kvHead, page),
          pages[page],
          headDim,
          q.address(qRow, qColumn),
          qStride,
          rows,
          scale,
          out.address(outRow, outColumn + KvType.PAGE_TOKENS * (page - fromPage)),
          out.stride());
    }
  }

  /** Softmax in place over {@code count} elements of a row; zero from there to {@code padded}. */
  public void softmax(Matrix x, int row, int column, int count, int padded) {
    require(column + padded <= x.stride(), "elements", column + padded, x.stride());
    raw.softmax(x.address(row, column), count, padded);
  }

  /**
   * {@code out[r] += Σ p[pRow + r][pColumn + slot] × value[slot]} for the pages {@code fromPage} to
   * {@code toPage} of one head; the results stand {@code outStride} elements apart.
   */
  public void weigh(
      KvCache cache,
      int layer,
      int kvHead,
      int fromPage,
      int toPage,
      Matrix p,
      int pRow,
      int pColumn,
      int rows,
      Matrix out,
      int row,
      int outColumn,
      int outStride) {
    require(rows <= ATTENTION_ROWS, "rows", rows, ATTENTION_ROWS);
    int headDim = cache.shape().headDim();
    long[] pages = cache.pageAddresses(layer, kvHead);
    for (int page = fromPage; page < toPage; page++) {
      raw.weigh(
          cache.pageType(layer, kvHead, page),
          pages[page],
          headDim,
          p.address(pRow, pColumn + KvType.PAGE_TOKENS * (page - fromPage)),
          p.stride(),
          rows,
          out.address(row, outColumn),
          outStride);
    }
  }

  /** {@return ln Σ exp over the first {@code count} elements of a row} */
  public double logSumExp(Matrix x, int row, int count) {
    require(count <= x.columns(), "elements", count, x.columns());
    return raw.logSumExp(x.address(row, 0), count);
  }

  private static void require(boolean holds, String what, long value, long bound) {
    if (!holds) {
      throw new IllegalArgumentException("%s: %,d does not fit %,d".formatted(what, value, bound));
    }
  }
}
