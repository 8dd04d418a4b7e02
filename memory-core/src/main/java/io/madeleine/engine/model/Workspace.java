package io.madeleine.engine.model;

import io.madeleine.engine.kernel.Kernels;
import io.madeleine.engine.kernel.Kernels.Product;
import io.madeleine.engine.kernel.Matrix;
import io.madeleine.engine.kernel.WorkerPool;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;

/** Scratch memory of one pass, and the products of every layer with their places in it. */
final class Workspace {

  /** Rows of logits that are computed together. */
  static final int LOGIT_ROWS = 32;

  final int batchTokens;
  final Kernels.Scratch scratch;
  final Matrix hidden;
  final Matrix normed;
  final Matrix queryKeyValue;
  final Matrix attended;
  final Matrix projected;
  final Matrix gateUp;
  final Matrix selected;
  final Matrix logits;
  final List<Rotary> rotaries;
  final Matrix[] angles;
  final LayerProducts[] layers;
  final Product[] output;

  /** The four groups of products of one layer. */
  @SuppressWarnings("ArrayRecordComponent") // private to the pass
  record LayerProducts(
      Product[] queryKeyValue, Product[] attentionOutput, Product[] gateUp, Product[] down) {}

  Workspace(
      Kernels kernels,
      Arena arena,
      ModelConfig config,
      Weights weights,
      List<Rotary> rotaries,
      WorkerPool pool,
      int batchTokens) {
    this.batchTokens = batchTokens;
    int heads = config.headCount() + 2 * config.headCountKv();
    int queries = config.headCount() * config.keyLength();
    int widest = Math.max(Math.max(config.feedForwardLength(), queries), config.embeddingLength());
    scratch = kernels.scratch(arena, pool, widest, batchTokens);
    hidden = new Matrix(arena, batchTokens, config.embeddingLength());
    normed = new Matrix(arena, batchTokens, config.embeddingLength());
    queryKeyValue = new Matrix(arena, batchTokens, heads * config.keyLength());
    attended = new Matrix(arena, batchTokens, queries);
    projected = new Matrix(arena, batchTokens, config.embeddingLength());
    gateUp = new Matrix(arena, batchTokens, 2 * config.feedForwardLength());
    int logitRows = Math.min(LOGIT_ROWS, batchTokens);
    selected = new Matrix(arena, logitRows, config.embeddingLength());
    logits = new Matrix(arena, logitRows, (int) weights.output().rows());
    this.rotaries = rotaries;
    angles = new Matrix[rotaries.size()];
    for (int i = 0; i < angles.length; i++) {
      angles[i] = new Matrix(arena, batchTokens, Math.max(1, 2 * rotaries.get(i).pairCount()));
    }
    layers = weights.layers().stream().map(this::products).toArray(LayerProducts[]::new);
    output = new Product[] {new Product(weights.output(), logits, 0)};
  }

  private LayerProducts products(Weights.Layer layer) {
    return new LayerProducts(
        sideBySide(layer.queryKeyValue(), queryKeyValue),
        sideBySide(List.of(layer.attentionOutput()), projected),
        sideBySide(layer.gateUp(), gateUp),
        sideBySide(List.of(layer.down()), projected));
  }

  private static Product[] sideBySide(List<Weights.Projection> projections, Matrix out) {
    var products = new Product[projections.size()];
    int column = 0;
    for (int i = 0; i < products.length; i++) {
      Tensor weight = projections.get(i).weight();
      products[i] = new Product(weight, out, column);
      column += (int) weight.rows();
    }
    return products;
  }

  Matrix angles(Rotary rotary) {
    return angles[rotaries.indexOf(rotary)];
  }
}
