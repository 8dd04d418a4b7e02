package io.madeleine.evaluation.lab.policy.observed;

import io.madeleine.memory.compression.signal.QueryWindow;
import java.util.stream.IntStream;

/** The queries of a prompt that was run behind a cache. */
public final class ProbeQueries {

  private final float[][][] queries;
  private final int group;
  private final int headDim;
  private final int position;
  private final float[][][] ownKeys;

  public ProbeQueries(
      float[][][] queries, float[][][] ownKeys, int group, int headDim, int position) {
    this.queries = queries;
    this.group = group;
    this.headDim = headDim;
    this.position = position;
    this.ownKeys = ownKeys;
  }

  /** As in EpiCache's code: over the cached slots alone. */
  public QueryWindow of(int layer, int kvHead) {
    var window = new float[group][];
    for (int i = 0; i < group; i++) {
      window[i] = queries[layer][kvHead * group + i];
    }
    int rows = window[0].length / headDim;
    return QueryWindow.of(IntStream.range(position, position + rows).toArray(), window, headDim);
  }

  /** As the model attends: the prompt's own keys take their share. */
  public QueryWindow besidesItself(int layer, int kvHead) {
    return of(layer, kvHead).besides(ownKeys[layer][kvHead]);
  }
}
