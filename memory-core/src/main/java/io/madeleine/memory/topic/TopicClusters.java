package io.madeleine.memory.topic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A whole history divided into topics, the way EpiCache prepares its episodes: k-means++ over the
 * vectors of its {@linkplain UtteranceWindow windows}, a question sent to the topic of greatest
 * cosine, and a few medoid windows that speak for each topic. Immutable.
 *
 * <p>Source: Kim et al., <a href="https://arxiv.org/abs/2509.17396">EpiCache</a>, 2025; {@code
 * topics} is its E (4), {@code restarts} its 10. Two deviations: its random stream is NumPy's, ours
 * is seeded Java; its code routes by dot product with centroids of unequal length, which favours
 * tight topics, and ours by the cosine that the paper writes.
 */
public final class TopicClusters {

  /** EpiCache's scripts speak for a topic with 8 windows. */
  public static final int DEFAULT_MEDOIDS = 8;

  private final List<float[]> points;
  private final KMeans.Result clusters;

  private TopicClusters(List<float[]> points, KMeans.Result clusters) {
    this.points = points;
    this.clusters = clusters;
  }

  /**
   * @param vectors one per window, in the order of the history; brought to length 1 here
   * @param topics how many; fewer where there are fewer windows
   * @param restarts how often k-means is tried, the best kept
   * @param seed of the random choices
   * @throws IllegalArgumentException if there is no vector, or a count is below 1
   */
  public static TopicClusters of(List<float[]> vectors, int topics, int restarts, long seed) {
    if (vectors.isEmpty() || topics < 1 || restarts < 1) {
      throw new IllegalArgumentException(
          "clustering needs at least 1 vector, topic and restart, but got %d, %d and %d"
              .formatted(vectors.size(), topics, restarts));
    }
    List<float[]> points = vectors.stream().map(Vectors::unit).toList();
    int count = Math.min(topics, points.size());
    return new TopicClusters(points, KMeans.cluster(points, count, restarts, seed));
  }

  /** {@return the number of topics} */
  public int topics() {
    return clusters.centres().length;
  }

  /** {@return the topic of {@code window}} */
  public int topicOf(int window) {
    return clusters.owner()[window];
  }

  /** {@return the sum of squared distances of the windows from their topic's centroid} */
  public double inertia() {
    return clusters.inertia();
  }

  /** {@return the topic whose centroid has the greatest cosine with {@code query}} */
  public int route(float[] query) {
    int best = 0;
    for (int topic = 1; topic < topics(); topic++) {
      if (similarity(query, topic) > similarity(query, best)) {
        best = topic;
      }
    }
    return best;
  }

  /** {@return the cosine of {@code query} with the centroid of {@code topic}} */
  public double similarity(float[] query, int topic) {
    return Vectors.cosine(query, clusters.centres()[topic]);
  }

  /** {@return up to {@code count} windows nearest to the centroid, in the order of the history} */
  public List<Integer> medoids(int topic, int count) {
    List<Integer> members =
        new ArrayList<>(
            IntStream.range(0, points.size()).filter(w -> topicOf(w) == topic).boxed().toList());
    members.sort(Comparator.comparingDouble((Integer w) -> -similarity(points.get(w), topic)));
    return members.stream().limit(count).sorted().toList();
  }
}
