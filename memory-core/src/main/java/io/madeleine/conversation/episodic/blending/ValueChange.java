package io.madeleine.conversation.episodic.blending;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.memory.store.KvSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How much the values of recalled tokens change in the second layer when they are read where they
 * stand now: the sum over its heads of {@code ‖v' − v‖²}, or as much of it as the heads that hold
 * the token make up. The first layer's cannot change, since they come from the tokens alone; the
 * second's have seen one round of the new surroundings.
 *
 * <p>Source: Yao et al., <a href="https://arxiv.org/abs/2405.16444">CacheBlend</a>, 2025.
 */
final class ValueChange {

  private static final double LEFT_OUT = Double.NEGATIVE_INFINITY;

  private final KvShape shape;
  private final List<double[]> changes = new ArrayList<>();
  private final List<int[]> holders = new ArrayList<>();

  ValueChange(KvShape shape) {
    this.shape = shape;
  }

  /** {@return the layer whose values are compared, from 0} */
  int layer() {
    return Math.min(1, shape.layers() - 1);
  }

  /**
   * Compares.
   *
   * @param spans as they were stored
   * @param to new positions of each span's tokens; those that are negative are not in the cache
   * @param read the cache with all others as its last slots, in the order of the spans
   */
  void measure(List<KvSpan> spans, List<int[]> to, KvCache read) {
    changes.clear();
    holders.clear();
    to.forEach(positions -> changes.add(new double[positions.length]));
    to.forEach(positions -> holders.add(new int[positions.length]));
    int placed = (int) to.stream().flatMapToInt(Arrays::stream).filter(at -> at >= 0).count();
    for (int kvHead = 0; kvHead < shape.kvHeads(); kvHead++) {
      var now = new float[placed * shape.headDim()];
      int end = read.slots(layer(), kvHead);
      read.readValues(layer(), kvHead, end - placed, end, now);
      int row = 0;
      for (int i = 0; i < spans.size(); i++) {
        row = add(spans.get(i), kvHead, to.get(i), now, row, i);
      }
    }
  }

  private int add(KvSpan span, int kvHead, int[] to, float[] now, int first, int piece) {
    double[] change = changes.get(piece);
    int head = layer() * shape.kvHeads() + kvHead;
    int[] held = span.tokensOf(head);
    var slots = new int[to.length];
    Arrays.fill(slots, -1);
    IntStream.range(0, held.length).forEach(slot -> slots[held[slot]] = slot);
    int row = first;
    for (int token = 0; token < to.length; token++) {
      if (to[token] < 0) {
        change[token] = LEFT_OUT;
        continue;
      }
      if (slots[token] >= 0) {
        change[token] += squared(span.values(head), slots[token], now, row, shape.headDim());
        holders.get(piece)[token]++;
      }
      row++;
    }
    return row;
  }

  /** {@return the squared distance of row {@code i} of {@code a} and row {@code j} of {@code b}} */
  static double squared(float[] a, int i, float[] b, int j, int dims) {
    double sum = 0;
    for (int c = 0; c < dims; c++) {
      double difference = (double) a[i * dims + c] - b[j * dims + c];
      sum += difference * difference;
    }
    return sum;
  }

  /**
   * {@return so many tokens of all spans that changed most, of equals the earlier, span by span}
   */
  List<BitSet> most(int count) {
    record At(int span, int token, double change) {}
    List<BitSet> most = new ArrayList<>();
    List<At> all = new ArrayList<>();
    for (int span = 0; span < changes.size(); span++) {
      most.add(new BitSet());
      for (int token = 0; token < changes.get(span).length; token++) {
        int heads = Math.max(1, holders.get(span)[token]);
        all.add(new At(span, token, changes.get(span)[token] / heads));
      }
    }
    all.sort(Comparator.comparingDouble(At::change).reversed());
    all.stream()
        .filter(at -> at.change() >= 0)
        .limit(count)
        .forEach(at -> most.get(at.span()).set(at.token()));
    return most;
  }
}
