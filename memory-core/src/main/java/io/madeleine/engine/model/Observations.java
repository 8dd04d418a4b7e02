package io.madeleine.engine.model;

import io.madeleine.engine.kernel.Matrix;
import io.madeleine.engine.model.Observe.Signal;

/** Copies what a step asked to see out of the pass, as it comes by. */
final class Observations {
  private Observations() {}

  /** Makes room for the signals that arrive layer by layer. */
  static void prepare(Part part, ModelConfig config) {
    Forward forward = part.forward();
    Observe observe = part.step().observe();
    if (part.from() == 0 && observe.wants(Signal.KEYS)) {
      forward.keys =
          new float[config.blockCount()][config.headCountKv()]
              [forward.tokens() * config.keyLength()];
    }
    if (part.from() == 0 && observe.wants(Signal.WINDOW_QUERIES)) {
      forward.queries =
          new float[config.blockCount()][config.headCount()][forward.window() * config.keyLength()];
    }
    if (part.isLast() && observe.wantsAttention()) {
      prepareAttention(part, config);
    }
  }

  private static void prepareAttention(Part part, ModelConfig config) {
    Forward forward = part.forward();
    boolean each = part.step().observe().wants(Signal.WINDOW_ATTENTION);
    boolean sum = part.step().observe().wants(Signal.SUMMED_ATTENTION);
    forward.attention = new float[config.blockCount()][config.headCount()][][];
    forward.summedAttention = new float[config.blockCount()][config.headCount()][];
    for (int layer = 0; layer < config.blockCount(); layer++) {
      for (int head = 0; head < config.headCount(); head++) {
        int slots = part.cache().slots(layer, head / config.headsPerKvHead()) + part.tokens();
        forward.attention[layer][head] = new float[each ? forward.window() : 0][slots];
        forward.summedAttention[layer][head] = new float[sum ? slots : 0];
      }
    }
  }

  static void keys(Part part, int layer, Matrix queryKeyValue, ModelConfig config) {
    if (part.step().observe().wants(Signal.KEYS)) {
      int size = config.keyLength();
      for (int head = 0; head < config.headCountKv(); head++) {
        int column = (config.headCount() + head) * size;
        float[] to = part.forward().keys[layer][head];
        for (int t = 0; t < part.tokens(); t++) {
          queryKeyValue.read(part.row() + t, column, size, to, (part.from() + t) * size);
        }
      }
    }
  }

  static void queries(Part part, int layer, Matrix queryKeyValue, ModelConfig config) {
    if (part.step().observe().wants(Signal.WINDOW_QUERIES)) {
      int size = config.keyLength();
      for (int t = Math.max(0, -part.inWindow(0)); t < part.tokens(); t++) {
        for (int head = 0; head < config.headCount(); head++) {
          float[] to = part.forward().queries[layer][head];
          queryKeyValue.read(part.row() + t, head * size, size, to, part.inWindow(t) * size);
        }
      }
    }
  }

  /** {@return {@code [heads × headDim]}, the mean over the part's tokens} */
  static float[] meanQueries(Part part, Matrix queryKeyValue, ModelConfig config) {
    var mean = new float[config.headCount() * config.keyLength()];
    for (int t = 0; t < part.tokens(); t++) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += queryKeyValue.get(part.row() + t, i) / part.tokens();
      }
    }
    return mean;
  }
}
