package io.madeleine.engine.model;

import io.madeleine.engine.tensor.Blocks;
import io.madeleine.engine.tensor.Tensor;

/** How long values are once the output projection has been at them. */
final class OutputNorms {

  private OutputNorms() {}

  /**
   * {@return {@code ‖W_o v‖₁} of each value, the mean over the query heads that share its KV head}
   *
   * @param projection {@code [hidden][heads × headDim]}
   * @param group query heads that share the KV head
   * @param values {@code [values][headDim]}
   */
  static float[] of(Tensor projection, int kvHead, int group, int headDim, float[] values) {
    var norms = new float[values.length / headDim];
    var row = new float[(int) projection.columns()];
    for (long r = 0; r < projection.rows(); r++) {
      Blocks.dequantise(projection, r, row);
      for (int head = 0; head < group; head++) {
        int from = (kvHead * group + head) * headDim;
        for (int value = 0; value < norms.length; value++) {
          float dot = 0;
          for (int c = 0; c < headDim; c++) {
            dot += row[from + c] * values[value * headDim + c];
          }
          norms[value] += Math.abs(dot) / group;
        }
      }
    }
    return norms;
  }
}
