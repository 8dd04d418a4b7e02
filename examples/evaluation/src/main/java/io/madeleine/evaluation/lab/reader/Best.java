// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.lab.reader;

/** The token that greedy decoding takes. */
final class Best {

  private Best() {}

  static int of(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }
}
