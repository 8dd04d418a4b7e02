package io.madeleine.memory.topic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The topics of one stream of episodes, kept up as it grows. An episode joins the topic whose
 * centroid has the greatest cosine with it, or opens a new one where that is below τ. A topic that
 * outgrows its bound is clustered anew into two: the half nearer to the old centroid keeps the id,
 * the other gets one that was never used.
 *
 * <p>Everything follows from the episodes and their order: adding the same ones again, after a
 * restart say, gives the same ids. Holds at most {@code mostTopics × largestTopic} vectors; beyond
 * that a full topic forgets its oldest vector, not its episode's membership in the count. So does a
 * full topic whose vectors are all the same: there is nothing to divide.
 *
 * <p>Source: the online stage that Kim et al., <a
 * href="https://arxiv.org/abs/2509.17396">EpiCache</a>, 2025, describe and do not publish code for;
 * τ and the hysteresis are ours.
 *
 * <p>One thread at a time.
 */
public final class Topics {

  private static final int LABEL_WORDS = 3;
  private static final int RESTARTS = 10;

  private final TopicSettings settings;
  private final Map<Integer, GrowingTopic> topics = new TreeMap<>();
  private final Words everywhere = new Words();
  private int nextId;

  public Topics(TopicSettings settings) {
    this.settings = settings;
  }

  /**
   * Gives an episode its topic.
   *
   * @param episode its id, told back when it moves to another topic
   * @param vector what it is about; brought to length 1 here; always of the same dimension
   * @param text its words, for the label
   */
  public TopicAssignment add(String episode, float[] vector, String text) {
    var member = new GrowingTopic.Member(episode, Vectors.unit(vector), Words.count(text));
    Optional<GrowingTopic> nearest = nearest(member.vector());
    double similarity = nearest.map(topic -> topic.similarity(member.vector())).orElse(0.0);
    boolean opens =
        nearest.isEmpty()
            || (similarity < settings.threshold() && topics.size() < settings.mostTopics());
    GrowingTopic topic = opens ? open() : nearest.orElseThrow();
    topic.add(member);
    everywhere.add(member.words());
    Map<String, Integer> moved = topic.size() > settings.largestTopic() ? relieve(topic) : Map.of();
    return new TopicAssignment(
        moved.getOrDefault(episode, topic.id()), similarity, opens, without(moved, episode));
  }

  private static Map<String, Integer> without(Map<String, Integer> moved, String episode) {
    Map<String, Integer> others = new HashMap<>(moved);
    others.remove(episode);
    return others;
  }

  private GrowingTopic open() {
    var topic = new GrowingTopic(nextId++);
    topics.put(topic.id(), topic);
    return topic;
  }

  /**
   * Divides a topic that grew too large, or where no more topics may be, drops its oldest vector.
   * Also where the vectors are all the same: k-means would put one of them apart, the next one too,
   * and so use up all topics.
   */
  private Map<String, Integer> relieve(GrowingTopic topic) {
    if (topics.size() == settings.mostTopics() || topic.ofOneVector()) {
      topic.forgetOldest();
      return Map.of();
    }
    var halves = KMeans.cluster(topic.vectors(), 2, RESTARTS, settings.seed() + topic.id());
    float[] centre = topic.centroid();
    int stays =
        Vectors.cosine(centre, halves.centres()[0]) >= Vectors.cosine(centre, halves.centres()[1])
            ? 0
            : 1;
    GrowingTopic other = open();
    Map<String, Integer> moved = new LinkedHashMap<>();
    for (GrowingTopic.Member member : topic.takeWhere(i -> halves.owner()[i] != stays)) {
      other.add(member);
      moved.put(member.episode(), other.id());
    }
    return moved;
  }

  /**
   * {@return the topic whose centroid has the greatest cosine with {@code query}, if any is there}
   */
  public Optional<Topic> route(float[] query) {
    return nearest(query).map(this::described);
  }

  /**
   * Routes as {@link #route(float[])} does, but stays with {@code current} unless another topic is
   * nearer by more than the hysteresis: switching has a price where a topic has a KV cache.
   */
  public Optional<Topic> route(float[] query, int current) {
    GrowingTopic stay = topics.get(current);
    return nearest(query)
        .map(
            best ->
                stay != null
                        && best.similarity(query) - stay.similarity(query) <= settings.hysteresis()
                    ? stay
                    : best)
        .map(this::described);
  }

  private Optional<GrowingTopic> nearest(float[] vector) {
    GrowingTopic best = null;
    double highest = Double.NEGATIVE_INFINITY;
    for (GrowingTopic topic : topics.values()) {
      double similarity = topic.similarity(vector);
      if (similarity > highest) {
        highest = similarity;
        best = topic;
      }
    }
    return Optional.ofNullable(best);
  }

  /** {@return all topics, by id} */
  public List<Topic> topics() {
    List<Topic> all = new ArrayList<>();
    for (GrowingTopic topic : topics.values()) {
      all.add(described(topic));
    }
    return List.copyOf(all);
  }

  /** {@return vectors held, at most {@code mostTopics × largestTopic}} */
  int vectors() {
    return topics.values().stream().mapToInt(GrowingTopic::size).sum();
  }

  private Topic described(GrowingTopic topic) {
    return new Topic(
        topic.id(),
        String.join(", ", topic.words().characteristic(everywhere, LABEL_WORDS)),
        topic.episodes());
  }
}
