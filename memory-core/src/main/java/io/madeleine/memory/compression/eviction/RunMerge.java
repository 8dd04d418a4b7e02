package io.madeleine.memory.compression.eviction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Averages runs of neighbours around the survivor that each of them is most like. */
final class RunMerge {

  private RunMerge() {}

  static HeadKv merge(HeadKv head, int[] gone, int[] kept, double threshold) {
    List<List<Integer>> sets = sets(head, gone, kept, threshold);
    int dims = head.headDim();
    var keys = new double[kept.length * dims];
    var values = new double[kept.length * dims];
    var counts = new float[kept.length];
    for (int i = 0; i < kept.length; i++) {
      List<Integer> set = sets.get(i);
      double[] weights = weights(head, set, deviation(head, set));
      for (int j = 0; j < set.size(); j++) {
        Vectors.add(keys, i, head.keys(), set.get(j), dims, weights[j]);
        Vectors.add(values, i, head.values(), set.get(j), dims, weights[j]);
        counts[i] += head.counts()[set.get(j)];
      }
    }
    int[] positions = head.keep(kept).positions();
    return new HeadKv(dims, positions, floats(keys), floats(values), counts);
  }

  private static List<List<Integer>> sets(HeadKv head, int[] gone, int[] kept, double threshold) {
    List<List<Integer>> sets = new ArrayList<>();
    for (int slot : kept) {
      sets.add(new ArrayList<>(List.of(slot)));
    }
    for (int slot : gone) {
      int after = -Arrays.binarySearch(kept, slot) - 1;
      double toAfter = after < kept.length ? likeness(head, slot, kept[after]) : -1;
      double toBefore = after > 0 ? likeness(head, slot, kept[after - 1]) : -1;
      if (Math.max(toAfter, toBefore) > threshold) {
        sets.get(toBefore >= toAfter ? after - 1 : after).add(slot);
      }
    }
    return sets;
  }

  private static double likeness(HeadKv head, int a, int b) {
    return Vectors.cosine(head.keys(), a, head.keys(), b, head.headDim());
  }

  /** {@return {@code Σ distance / (√2 |S|)}, the paper's σ} */
  private static double deviation(HeadKv head, List<Integer> set) {
    double sum = 0;
    for (int slot : set) {
      sum += Math.sqrt(squaredDistance(head, slot, set.getFirst()));
    }
    return sum / (Math.sqrt(2) * set.size());
  }

  /** {@return Gaussian weights around the set's first slot; they add up to one} */
  static double[] weights(HeadKv head, List<Integer> set, double deviation) {
    var weights = new double[set.size()];
    double sum = 0;
    for (int j = 0; j < weights.length; j++) {
      double square = squaredDistance(head, set.get(j), set.getFirst());
      weights[j] = deviation == 0 ? 1 : Math.exp(-square / (2 * deviation * deviation));
      sum += weights[j];
    }
    for (int j = 0; j < weights.length; j++) {
      weights[j] /= sum;
    }
    return weights;
  }

  private static double squaredDistance(HeadKv head, int a, int b) {
    int dims = head.headDim();
    double sum = 0;
    for (int c = 0; c < dims; c++) {
      double apart = head.keys()[a * dims + c] - head.keys()[b * dims + c];
      sum += apart * apart;
    }
    return sum;
  }

  private static float[] floats(double[] values) {
    var out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) values[i];
    }
    return out;
  }
}
