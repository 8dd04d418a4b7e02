package io.madeleine.memory.compression.budget;

import java.util.Arrays;
import java.util.List;

final class LayerShares {

  private static final int BISECTIONS = 40;

  private LayerShares() {}

  static long[] of(LayerAllocator allocator, List<LayerDemand> layers, long total) {
    double[] weights =
        switch (allocator) {
          case LayerAllocator.Uniform() -> even(layers.size());
          case LayerAllocator.Pyramid pyramid -> pyramid(pyramid, layers, total);
          case LayerAllocator.Sensitivity sensitivity -> sensitivity(sensitivity, layers.size());
          case LayerAllocator.Global() -> topCounts(layers, total);
          case LayerAllocator.PrefixMass() -> prefixMass(layers, total);
          case LayerAllocator.EntropyGroups groups -> entropyGroups(groups, layers);
        };
    double floorShare =
        allocator instanceof LayerAllocator.Sensitivity sensitivity ? sensitivity.floorShare() : 0;
    return bounds(layers, (long) (floorShare * total / layers.size())).share(weights, total);
  }

  private static WaterFilling bounds(List<LayerDemand> layers, long floor) {
    var floors = new long[layers.size()];
    var caps = new long[layers.size()];
    for (int layer = 0; layer < floors.length; layer++) {
      LayerDemand demand = layers.get(layer);
      caps[layer] = demand.slots();
      floors[layer] = Math.min(caps[layer], Math.max(demand.protectedSlots(), floor));
    }
    return new WaterFilling(floors, caps);
  }

  private static double[] even(int layers) {
    var weights = new double[layers];
    Arrays.fill(weights, 1);
    return weights;
  }

  /** kvpress' rule: {@code tokens} is what a layer holds, {@code kept} what it keeps on average. */
  static double[] pyramid(double tokens, double kept, int window, double beta, int layers) {
    double low = kept / beta;
    double high = 2 * kept - low;
    if (high >= tokens - window) {
      high = tokens - window;
      low = 2 * kept - high;
    }
    if (!(tokens >= high && high >= low && low >= window)) {
      return even(layers);
    }
    var weights = new double[layers];
    for (int layer = 0; layer < layers; layer++) {
      weights[layer] = layers == 1 ? 1 : high - layer * (high - low) / (layers - 1);
    }
    return weights;
  }

  private static double[] pyramid(
      LayerAllocator.Pyramid pyramid, List<LayerDemand> layers, long total) {
    double tokens = layers.stream().mapToLong(LayerDemand::slots).average().orElse(0);
    double kept = (double) total / layers.size();
    return pyramid(tokens, kept, pyramid.window(), pyramid.beta(), layers.size());
  }

  private static double[] sensitivity(LayerAllocator.Sensitivity sensitivity, int layers) {
    if (sensitivity.similarity().size() != layers) {
      throw new IllegalArgumentException(
          "the sensitivity profile has %d layers, but the cache %d: calibrate with this model"
              .formatted(sensitivity.similarity().size(), layers));
    }
    return sensitivity.similarity().stream()
        .mapToDouble(sigma -> Math.pow(1 - sigma, sensitivity.alpha()))
        .toArray();
  }

  private static double[] topCounts(List<LayerDemand> layers, long total) {
    if (total == 0) {
      return even(layers.size());
    }
    int slots = (int) layers.stream().mapToLong(LayerDemand::slots).sum();
    var all = new float[slots];
    int at = 0;
    for (LayerDemand layer : layers) {
      float[] scores = layer.scores().importance();
      System.arraycopy(scores, 0, all, at, scores.length);
      at += scores.length;
    }
    Arrays.sort(all);
    float threshold = all[(int) Math.max(0, slots - total)];
    var counts = new double[layers.size()];
    for (int layer = 0; layer < counts.length; layer++) {
      for (float score : layers.get(layer).scores().importance()) {
        counts[layer] += score >= threshold ? 1 : 0;
      }
    }
    return counts;
  }

  private static double[] prefixMass(List<LayerDemand> layers, long total) {
    double[][] cumulated = layers.stream().map(LayerShares::cumulated).toArray(double[][]::new);
    double low = 0;
    double high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (low + high) / 2;
      if (Arrays.stream(countsAt(cumulated, middle)).sum() > total) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return countsAt(cumulated, low);
  }

  private static double[] cumulated(LayerDemand layer) {
    float[] scores = layer.scores().importance().clone();
    Arrays.sort(scores);
    float lowest = scores.length == 0 ? 0 : Math.min(0, scores[0]);
    var cumulated = new double[scores.length];
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      sum += scores[scores.length - 1 - i] - lowest;
      cumulated[i] = sum;
    }
    for (int i = 0; i < cumulated.length && sum > 0; i++) {
      cumulated[i] /= sum;
    }
    return cumulated;
  }

  private static double[] countsAt(double[][] cumulated, double share) {
    var counts = new double[cumulated.length];
    for (int layer = 0; layer < counts.length; layer++) {
      int found = Arrays.binarySearch(cumulated[layer], share);
      counts[layer] = found >= 0 ? found + 1 : -found - 1;
    }
    return counts;
  }

  private static double[] entropyGroups(
      LayerAllocator.EntropyGroups groups, List<LayerDemand> layers) {
    var weights = new double[layers.size()];
    double weight = 1;
    double groupEntropy = Double.NaN;
    for (int layer = 0; layer < weights.length; layer++) {
      LayerDemand.Scores scores = layers.get(layer).scores();
      double entropy = MatrixEntropy.of(scores.keys(0), scores.headDim());
      if (!Double.isNaN(groupEntropy) && groupEntropy - entropy > groups.step()) {
        weight *= groups.decay();
        groupEntropy = entropy;
      }
      groupEntropy = Double.isNaN(groupEntropy) ? entropy : groupEntropy;
      weights[layer] = weight;
    }
    return weights;
  }
}
