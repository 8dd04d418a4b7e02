package io.madeleine.memory.topic;

/**
 * How a stream of episodes is gathered into topics.
 *
 * @param threshold τ, the cosine with the nearest topic under which an episode opens a new one, in
 *     [-1, 1]
 * @param largestTopic episodes that a topic holds before it is clustered anew and divided
 * @param mostTopics topics that there may be; then the nearest takes every episode
 * @param hysteresis how much nearer another topic must be before a conversation leaves its current
 *     one, at least 0
 * @param seed of the random choices of k-means
 */
public record TopicSettings(
    double threshold, int largestTopic, int mostTopics, double hysteresis, long seed) {

  /** τ 0.35, 64 episodes a topic, 256 topics, 0.02 nearer: at 384 dimensions at most 25 MB. */
  public static final TopicSettings DEFAULT = new TopicSettings(0.35, 64, 256, 0.02, 42);

  /**
   * @throws IllegalArgumentException if a value lies outside its range
   */
  public TopicSettings {
    if (!(threshold >= -1 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "threshold is a cosine and lies in [-1, 1], but was " + threshold);
    }
    if (largestTopic < 2 || mostTopics < 1) {
      throw new IllegalArgumentException(
          "largestTopic must be at least 2 and mostTopics at least 1, but were %d and %d"
              .formatted(largestTopic, mostTopics));
    }
    if (!(hysteresis >= 0)) {
      throw new IllegalArgumentException("hysteresis must be at least 0, but was " + hysteresis);
    }
  }
}
