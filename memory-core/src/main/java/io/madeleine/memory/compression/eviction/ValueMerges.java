package io.madeleine.memory.compression.eviction;

import java.util.Arrays;

/** Merges that find the survivor with the most similar key and touch values only. */
final class ValueMerges {

  private ValueMerges() {}

  /** For one slot that goes: its nearest survivor and how like it is. */
  private record Nearest(int survivor, double cosine) {}

  static HeadKv byLength(HeadKv head, int[] gone, HeadKv survivors, double threshold, int sinks) {
    var merge = new Sums(survivors);
    for (int slot : gone) {
      Nearest to = nearest(head, slot, survivors, sinks);
      if (to.cosine() > threshold) {
        int dims = head.headDim();
        double mine = Vectors.norm(head.values(), slot, dims);
        double theirs = Vectors.norm(survivors.values(), to.survivor(), dims);
        double weight = mine + theirs == 0 ? 0 : to.cosine() * mine / (mine + theirs);
        merge.add(to.survivor(), head, slot, weight);
      }
    }
    return merge.result(1);
  }

  static HeadKv byLikeness(HeadKv head, int[] gone, HeadKv survivors) {
    var nearest = new Nearest[gone.length];
    double mean = 0;
    for (int i = 0; i < gone.length; i++) {
      nearest[i] = nearest(head, gone[i], survivors, 0);
      mean += nearest[i].cosine() / gone.length;
    }
    var merge = new Sums(survivors);
    for (int i = 0; i < gone.length; i++) {
      if (nearest[i].cosine() >= mean) {
        merge.add(nearest[i].survivor(), head, gone[i], Math.exp(nearest[i].cosine()));
      }
    }
    return merge.result(Math.E);
  }

  static HeadKv byClass(
      HeadKv head,
      int[] gone,
      HeadKv survivors,
      float[] importance,
      double irrelevantShare,
      double threshold) {
    float cut = quantile(importance, gone, irrelevantShare);
    var merge = new Sums(survivors);
    for (int slot : gone) {
      Nearest to = nearest(head, slot, survivors, 0);
      if (importance[slot] >= cut && to.cosine() > threshold) {
        merge.add(to.survivor(), head, slot, 1);
      }
    }
    return merge.result(1);
  }

  private static float quantile(float[] importance, int[] gone, double share) {
    var values = new float[gone.length];
    for (int i = 0; i < gone.length; i++) {
      values[i] = importance[gone[i]];
    }
    Arrays.sort(values);
    return values[(int) Math.min(values.length - 1, share * values.length)];
  }

  private static Nearest nearest(HeadKv head, int slot, HeadKv survivors, int from) {
    int best = 0;
    double highest = -1;
    for (int i = Math.min(from, survivors.size() - 1); i < survivors.size(); i++) {
      double cosine = Vectors.cosine(head.keys(), slot, survivors.keys(), i, head.headDim());
      if (cosine > highest) {
        highest = cosine;
        best = i;
      }
    }
    return new Nearest(best, from >= survivors.size() ? -1 : highest);
  }

  /** Weighted sums of what each survivor receives; the order of adding does not matter. */
  private static final class Sums {
    private final HeadKv survivors;
    private final double[] values;
    private final double[] weights;
    private final float[] counts;

    Sums(HeadKv survivors) {
      this.survivors = survivors;
      values = new double[survivors.values().length];
      weights = new double[survivors.size()];
      counts = survivors.counts().clone();
    }

    void add(int survivor, HeadKv head, int slot, double weight) {
      Vectors.add(values, survivor, head.values(), slot, head.headDim(), weight);
      weights[survivor] += weight;
      counts[survivor] += head.counts()[slot];
    }

    HeadKv result(double own) {
      int dims = survivors.headDim();
      float[] merged = survivors.values().clone();
      for (int i = 0; i < survivors.size(); i++) {
        for (int c = 0; c < dims && weights[i] > 0; c++) {
          int at = i * dims + c;
          merged[at] = (float) ((own * merged[at] + values[at]) / (own + weights[i]));
        }
      }
      return new HeadKv(dims, survivors.positions(), survivors.keys(), merged, counts);
    }
  }
}
