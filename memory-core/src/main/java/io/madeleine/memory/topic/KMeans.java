package io.madeleine.memory.topic;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Euclidean k-means with k-means++ seeding, the best of several restarts. On unit vectors the
 * nearest centre is the one of greatest cosine up to the centre's length.
 *
 * <p>Source: Arthur and Vassilvitskii, <a
 * href="https://theory.stanford.edu/~sergei/papers/kMeansPP-soda.pdf">k-means++</a>, 2007.
 */
final class KMeans {

  private static final int MOST_ROUNDS = 100;

  private KMeans() {}

  /** A finished clustering. */
  static final class Result {
    private final int[] owner;
    private final float[][] centres;
    private final double inertia;

    private Result(int[] owner, float[][] centres, double inertia) {
      this.owner = owner;
      this.centres = centres;
      this.inertia = inertia;
    }

    /** {@return {@code [points]}, the cluster of each point} */
    int[] owner() {
      return owner;
    }

    /** {@return {@code [clusters][dimension]}, plain means, none of an empty cluster} */
    float[][] centres() {
      return centres;
    }

    /** {@return the sum of squared distances to the own centre} */
    double inertia() {
      return inertia;
    }
  }

  /** {@return the restart of least inertia; the first of equals} */
  static Result cluster(List<float[]> points, int clusters, int restarts, long seed) {
    var random = new SplittableRandom(seed);
    Result best = run(points, clusters, random.split());
    for (int i = 1; i < restarts; i++) {
      Result next = run(points, clusters, random.split());
      if (next.inertia < best.inertia) {
        best = next;
      }
    }
    return best;
  }

  private static Result run(List<float[]> points, int clusters, SplittableRandom random) {
    float[][] centres = seeds(points, clusters, random);
    int[] owner = new int[points.size()];
    Arrays.fill(owner, -1);
    double inertia = Double.POSITIVE_INFINITY;
    for (int round = 0; round < MOST_ROUNDS; round++) {
      int[] before = owner.clone();
      inertia = assign(points, centres, owner);
      fillEmpty(points, centres, owner);
      if (Arrays.equals(before, owner)) {
        break;
      }
      centres = means(points, clusters, owner);
    }
    return new Result(owner, centres, inertia);
  }

  /** Each next seed is drawn with a chance proportional to its squared distance from the others. */
  private static float[][] seeds(List<float[]> points, int clusters, SplittableRandom random) {
    float[][] seeds = new float[clusters][];
    double[] distance = new double[points.size()];
    Arrays.fill(distance, 1);
    for (int k = 0; k < clusters; k++) {
      seeds[k] = points.get(draw(distance, random));
      for (int i = 0; i < distance.length; i++) {
        double toSeed = Vectors.squaredDistance(points.get(i), seeds[k]);
        distance[i] = k == 0 ? toSeed : Math.min(distance[i], toSeed);
      }
    }
    return seeds;
  }

  private static int draw(double[] weights, SplittableRandom random) {
    double total = Arrays.stream(weights).sum();
    if (total <= 0) {
      return random.nextInt(weights.length);
    }
    double at = random.nextDouble() * total;
    for (int i = 0; i < weights.length; i++) {
      at -= weights[i];
      if (at < 0) {
        return i;
      }
    }
    return weights.length - 1;
  }

  private static double assign(List<float[]> points, float[][] centres, int[] owner) {
    double inertia = 0;
    for (int i = 0; i < owner.length; i++) {
      double nearest = Double.POSITIVE_INFINITY;
      for (int k = 0; k < centres.length; k++) {
        double distance = Vectors.squaredDistance(points.get(i), centres[k]);
        if (distance < nearest) {
          nearest = distance;
          owner[i] = k;
        }
      }
      inertia += nearest;
    }
    return inertia;
  }

  /**
   * A centre that lost its last point takes the point farthest from its own, of a larger cluster.
   */
  private static void fillEmpty(List<float[]> points, float[][] centres, int[] owner) {
    int[] sizes = new int[centres.length];
    for (int k : owner) {
      sizes[k]++;
    }
    for (int k = 0; k < centres.length; k++) {
      if (sizes[k] == 0) {
        int taken = farthest(points, centres, owner, sizes);
        sizes[owner[taken]]--;
        owner[taken] = k;
        sizes[k] = 1;
      }
    }
  }

  private static int farthest(List<float[]> points, float[][] centres, int[] owner, int[] sizes) {
    int farthest = -1;
    double longest = -1;
    for (int i = 0; i < owner.length; i++) {
      double distance = Vectors.squaredDistance(points.get(i), centres[owner[i]]);
      if (sizes[owner[i]] > 1 && distance > longest) {
        longest = distance;
        farthest = i;
      }
    }
    return farthest;
  }

  private static float[][] means(List<float[]> points, int clusters, int[] owner) {
    int dimension = points.getFirst().length;
    double[][] sums = new double[clusters][dimension];
    int[] sizes = new int[clusters];
    for (int i = 0; i < owner.length; i++) {
      Vectors.add(sums[owner[i]], points.get(i), 1);
      sizes[owner[i]]++;
    }
    float[][] means = new float[clusters][dimension];
    for (int k = 0; k < clusters; k++) {
      for (int d = 0; d < dimension; d++) {
        means[k][d] = (float) (sums[k][d] / sizes[k]);
      }
    }
    return means;
  }
}
