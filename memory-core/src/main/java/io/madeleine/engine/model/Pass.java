package io.madeleine.engine.model;

import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.Matrix;
import io.madeleine.engine.kernel.WorkerPool;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvView;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/** One pass of a batch over all layers: the block, configured by what the weights hold. */
final class Pass implements AutoCloseable {

  // Of one elementwise step for each element of the hidden state, roughly.
  private static final long OPERATIONS = 16;

  private final Kernels kernels;
  private final ModelConfig config;
  private final Architecture architecture;
  private final Weights weights;
  private final Rotaries rotaries;
  private final WorkerPool pool;
  private final Workspace work;
  private final Attention attention;
  private final Readout readout;

  Pass(
      Kernels kernels,
      ModelConfig config,
      Weights weights,
      Rotaries rotaries,
      WorkerPool pool,
      Arena arena,
      int batchTokens) {
    this.kernels = kernels;
    this.config = config;
    this.architecture = Architecture.of(config);
    this.weights = weights;
    this.rotaries = rotaries;
    this.pool = pool;
    this.work =
        new Workspace(kernels, arena, config, weights, rotaries.distinct(), pool, batchTokens);
    this.attention = new Attention(kernels, config, pool, arena);
    this.readout = new Readout(kernels, config, weights, pool, work);
  }

  /** Of the first layers alone the caches of the others, and all logits, are left as they are. */
  void run(int layers, List<Part> parts) {
    Part last = parts.getLast();
    int tokens = last.row() + last.tokens();
    parts.forEach(part -> Observations.prepare(part, config));
    embed(parts, tokens);
    turnTables(parts, tokens);
    for (int layer = 0; layer < layers; layer++) {
      attend(layer, parts, tokens);
      feedForward(layer, tokens);
    }
    if (layers == config.blockCount()) {
      readout.run(parts);
    }
  }

  private void embed(List<Part> parts, int tokens) {
    for (Part part : parts) {
      for (int t = 0; t < part.tokens(); t++) {
        int token = part.step().tokens()[part.from() + t];
        kernels.dequantise(weights.tokenEmbedding(), token, work.hidden, part.row() + t);
      }
    }
    if (architecture.scalesEmbeddings()) {
      float factor = (float) Math.sqrt(config.embeddingLength());
      eachRow(tokens, row -> kernels.scale(work.hidden, row, factor));
    }
  }

  private void turnTables(List<Part> parts, int tokens) {
    for (Rotary rotary : work.rotaries) {
      Matrix table = work.angles(rotary);
      for (Part part : parts) {
        for (int t = 0; t < part.tokens(); t++) {
          turnTable(rotary, table, part.row() + t, part.position(t));
        }
      }
    }
  }

  private static void turnTable(Rotary rotary, Matrix table, int row, int position) {
    int pairs = rotary.pairCount();
    for (int i = 0; i < pairs; i++) {
      double angle = (double) position * rotary.frequency(i);
      table.set(row, i, (float) (Math.cos(angle) * rotary.magnitude()));
      table.set(row, pairs + i, (float) (Math.sin(angle) * rotary.magnitude()));
    }
  }

  private void attend(int layer, List<Part> parts, int tokens) {
    Weights.Layer weight = weights.layers().get(layer);
    norm(weight.attentionNorm(), tokens);
    var products = work.layers[layer];
    kernels.multiply(pool, work.scratch, work.normed, tokens, products.queryKeyValue());
    eachRow(tokens, row -> biasAndNorm(weight, row));
    parts.forEach(part -> Observations.keys(part, layer, work.queryKeyValue, config));
    Rotary rotary = rotaries.of(layer);
    if (rotary.pairCount() > 0) {
      Matrix table = work.angles(rotary);
      eachRow(tokens, row -> rotate(rotary, table, row));
    }
    parts.forEach(part -> Observations.queries(part, layer, work.queryKeyValue, config));
    append(layer, parts);
    int window = architecture.isLocal(layer) ? config.slidingWindow() : Integer.MAX_VALUE;
    attention.run(layer, window, parts, recall(layer, parts), work.queryKeyValue, work.attended);
    kernels.multiply(pool, work.scratch, work.attended, tokens, products.attentionOutput());
    addProjected(weight.attentionOutput(), weight.attentionPostNorm(), tokens);
  }

  private void feedForward(int layer, int tokens) {
    Weights.Layer weight = weights.layers().get(layer);
    norm(weight.feedForwardNorm(), tokens);
    var products = work.layers[layer];
    kernels.multiply(pool, work.scratch, work.normed, tokens, products.gateUp());
    int inner = config.feedForwardLength();
    boolean gelu = architecture.gatesWithGelu();
    eachRow(
        tokens,
        row -> {
          addBiases(weight.gateUp(), work.gateUp, row);
          if (gelu) {
            kernels.geGlu(work.gateUp, row, inner);
          } else {
            kernels.swiGlu(work.gateUp, row, inner);
          }
        });
    kernels.multiply(pool, work.scratch, work.gateUp, tokens, products.down());
    addProjected(weight.down(), weight.feedForwardPostNorm(), tokens);
  }

  private void norm(Tensor weight, int tokens) {
    float epsilon = config.normEpsilon();
    eachRow(tokens, row -> kernels.rmsNorm(weight, epsilon, work.hidden, row, 0, work.normed, row));
  }

  private void addProjected(Weights.Projection projection, Optional<Tensor> postNorm, int tokens) {
    float epsilon = config.normEpsilon();
    eachRow(
        tokens,
        row -> {
          addBias(projection, work.projected, row, 0);
          if (postNorm.isPresent()) {
            kernels.rmsNorm(postNorm.get(), epsilon, work.projected, row, 0, work.projected, row);
          }
          kernels.add(work.hidden, row, work.projected, row);
        });
  }

  private void biasAndNorm(Weights.Layer weight, int row) {
    addBiases(weight.queryKeyValue(), work.queryKeyValue, row);
    normHeads(weight.queryNorm(), row, 0, config.headCount());
    normHeads(weight.keyNorm(), row, config.headCount(), config.headCountKv());
  }

  /** Of projections whose results lie side by side. */
  private void addBiases(List<Weights.Projection> projections, Matrix x, int row) {
    int column = 0;
    for (Weights.Projection projection : projections) {
      addBias(projection, x, row, column);
      column += (int) projection.weight().rows();
    }
  }

  private void addBias(Weights.Projection projection, Matrix x, int row, int column) {
    if (projection.bias().isPresent()) {
      kernels.add(x, row, column, projection.bias().get());
    }
  }

  private void normHeads(Optional<Tensor> weight, int row, int firstHead, int heads) {
    if (weight.isPresent()) {
      Matrix x = work.queryKeyValue;
      for (int h = firstHead; h < firstHead + heads; h++) {
        int column = h * config.keyLength();
        kernels.rmsNorm(weight.get(), config.normEpsilon(), x, row, column, x, row);
      }
    }
  }

  private void rotate(Rotary rotary, Matrix table, int row) {
    for (int h = 0; h < config.headCount() + config.headCountKv(); h++) {
      kernels.rotate(rotary, work.queryKeyValue, row, h * config.keyLength(), table, row);
    }
  }

  private void append(int layer, List<Part> parts) {
    Matrix x = work.queryKeyValue;
    int kvHeads = config.headCountKv();
    for (Part part : parts) {
      eachShare(
          kvHeads,
          part.tokens(),
          head -> {
            KvCache cache = part.cache();
            int key = (config.headCount() + head) * config.keyLength();
            int value = key + kvHeads * config.keyLength();
            for (int t = 0; t < part.tokens(); t++) {
              int row = part.row() + t;
              cache.appendReserved(
                  layer,
                  head,
                  x.data(),
                  x.offset(row, key),
                  x.data(),
                  x.offset(row, value),
                  part.position(t));
            }
          });
    }
  }

  private List<List<KvView.Slots>> recall(int layer, List<Part> parts) {
    var recalled = new ArrayList<List<KvView.Slots>>(parts.size());
    for (Part part : parts) {
      recalled.add(
          part.step().recalls()
              ? part.recall(layer, Observations.meanQueries(part, work.queryKeyValue, config))
              : List.of());
    }
    return recalled;
  }

  private void eachRow(int rows, IntConsumer work) {
    eachShare(rows, rows, work);
  }

  /** Does {@code count} shares on all workers, or on this thread if it is about little. */
  private void eachShare(int count, int tokens, IntConsumer share) {
    pool.run(
        OPERATIONS * tokens * config.embeddingLength(),
        (worker, workers) -> {
          int to = (int) ((long) count * (worker + 1) / workers);
          for (int i = (int) ((long) count * worker / workers); i < to; i++) {
            share.accept(i);
          }
        });
  }

  @Override
  public void close() {
    attention.close();
  }
}
