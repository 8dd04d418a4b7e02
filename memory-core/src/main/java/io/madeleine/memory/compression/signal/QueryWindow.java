package io.madeleine.memory.compression.signal;

/**
 * Rotated queries of a run of tokens, for all query heads that share one KV head, and the part of
 * the cache that they may look at. Holds its arrays without copying; nobody changes them.
 */
public final class QueryWindow {

  private final int[] positions;
  private final float[][] queries;
  private final int headDim;
  private final int supportStart;
  private final int supportEnd;
  private final float[][] ownLogMass;

  private QueryWindow(
      int[] positions,
      float[][] queries,
      int headDim,
      int supportStart,
      int supportEnd,
      float[][] ownLogMass) {
    if (queries.length == 0) {
      throw new IllegalArgumentException("a query window needs at least one query head");
    }
    for (float[] head : queries) {
      if (head.length != positions.length * headDim) {
        throw new IllegalArgumentException(
            "%d queries of %d dimensions are %d numbers, but a head has %d"
                .formatted(positions.length, headDim, positions.length * headDim, head.length));
      }
    }
    this.positions = positions;
    this.queries = queries;
    this.headDim = headDim;
    this.supportStart = supportStart;
    this.supportEnd = supportEnd;
    this.ownLogMass = ownLogMass;
  }

  /**
   * {@return a window that sees every slot at or before each query's own position}
   *
   * @param positions of the queries, ascending
   * @param queries {@code [query heads of the group][positions × headDim]}
   * @throws IllegalArgumentException if the sizes do not fit together
   */
  public static QueryWindow of(int[] positions, float[][] queries, int headDim) {
    return new QueryWindow(
        positions, queries, headDim, Integer.MIN_VALUE, Integer.MAX_VALUE, new float[0][]);
  }

  /** {@return this window, limited to slots whose position lies in {@code [start, end)}} */
  public QueryWindow seeing(int start, int end) {
    return new QueryWindow(positions, queries, headDim, start, end, ownLogMass);
  }

  /**
   * {@return this window, whose queries also attend to keys that are no slots: those of the prompt
   * that they belong to. What goes there is lost to the slots, where it would otherwise be shared
   * out among them.}
   *
   * @param ownKeys rotated keys of the same tokens, {@code [rows × headDim]}; a query sees its own
   *     and those before
   */
  public QueryWindow besides(float[] ownKeys) {
    return besides(new float[0], ownKeys);
  }

  /**
   * {@return this window, whose queries also attend to keys that are no slots: some that every
   * query sees, and those of the prompt that they belong to}
   *
   * @param seenByAll rotated keys that stand before the slots, {@code [any × headDim]}
   * @param ownKeys rotated keys of the same tokens, {@code [rows × headDim]}
   */
  public QueryWindow besides(float[] seenByAll, float[] ownKeys) {
    var mass = new float[queries.length][positions.length];
    for (int head = 0; head < mass.length; head++) {
      for (int row = 0; row < positions.length; row++) {
        mass[head][row] = logMass(queries[head], row, seenByAll, ownKeys);
      }
    }
    return new QueryWindow(positions, queries, headDim, supportStart, supportEnd, mass);
  }

  private float logMass(float[] head, int row, float[] seenByAll, float[] ownKeys) {
    int shared = seenByAll.length / headDim;
    var logits = new double[shared + row + 1];
    double max = Double.NEGATIVE_INFINITY;
    for (int key = 0; key < logits.length; key++) {
      float[] keys = key < shared ? seenByAll : ownKeys;
      int at = (key < shared ? key : key - shared) * headDim;
      for (int c = 0; c < headDim; c++) {
        logits[key] += head[row * headDim + c] * keys[at + c] / Math.sqrt(headDim);
      }
      max = Math.max(max, logits[key]);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - max);
    }
    return (float) (max + Math.log(sum));
  }

  /** {@return the last {@code rows} queries, or all when there are fewer} */
  public QueryWindow last(int rows) {
    int from = positions.length - Math.min(rows, positions.length);
    if (from == 0) {
      return this;
    }
    var cut = new float[queries.length][];
    for (int head = 0; head < queries.length; head++) {
      cut[head] = java.util.Arrays.copyOfRange(queries[head], from * headDim, queries[head].length);
    }
    int[] kept = java.util.Arrays.copyOfRange(positions, from, positions.length);
    var mass = new float[ownLogMass.length][];
    for (int head = 0; head < mass.length; head++) {
      mass[head] = java.util.Arrays.copyOfRange(ownLogMass[head], from, positions.length);
    }
    return new QueryWindow(kept, cut, headDim, supportStart, supportEnd, mass);
  }

  /** {@return how many queries} */
  public int rows() {
    return positions.length;
  }

  /** {@return how many query heads share the KV head} */
  public int queryHeads() {
    return queries.length;
  }

  /** {@return the position of query {@code row}} */
  public int position(int row) {
    return positions[row];
  }

  float component(int queryHead, int row, int dimension) {
    return queries[queryHead][row * headDim + dimension];
  }

  /** {@return the logarithm of the mass that a query spends outside of the slots} */
  double ownLogMass(int queryHead, int row) {
    return ownLogMass.length == 0 ? Double.NEGATIVE_INFINITY : ownLogMass[queryHead][row];
  }

  boolean sees(int row, int slotPosition) {
    return slotPosition <= positions[row]
        && slotPosition >= supportStart
        && slotPosition < supportEnd;
  }
}
