package io.madeleine.engine.model;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvView;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of one step's tokens inside one pass over the weights.
 *
 * @param from first token, counted within the step
 * @param to one beyond the last
 * @param row where they start among the rows of the pass
 */
record Part(Step step, Forward forward, int from, int to, int row) {

  int tokens() {
    return to - from;
  }

  boolean isLast() {
    return to == step.tokens().length;
  }

  KvCache cache() {
    return step.cache();
  }

  int position(int token) {
    return step.positions()[from + token];
  }

  /** {@return where in the window this token of the part stands; negative before it} */
  int inWindow(int token) {
    return from + token - (step.tokens().length - forward.window());
  }

  List<KvView.Slots> recall(int layer, float[] meanQueries) {
    return step.view().recall(layer, meanQueries);
  }

  /**
   * Packs steps into passes of at most {@code batchTokens} tokens, in order. The tokens of a step's
   * window always stay together in its last part.
   */
  static List<List<Part>> passes(List<Step> steps, List<Forward> forwards, int batchTokens) {
    var passes = new ArrayList<List<Part>>();
    var current = new ArrayList<Part>();
    int row = 0;
    for (int s = 0; s < steps.size(); s++) {
      int length = steps.get(s).tokens().length;
      int window = Math.max(1, forwards.get(s).window());
      for (int from = 0; from < length; ) {
        int left = length - from;
        int room = batchTokens - row;
        int take = left <= room ? left : Math.min(room, left - window);
        if (take <= 0) {
          passes.add(List.copyOf(current));
          current.clear();
          row = 0;
          continue;
        }
        current.add(new Part(steps.get(s), forwards.get(s), from, from + take, row));
        row += take;
        from += take;
      }
    }
    passes.add(List.copyOf(current));
    return passes;
  }
}
