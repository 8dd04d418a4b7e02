package io.madeleine.conversation.mind.topic;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.topic.Topic;
import io.madeleine.memory.topic.TopicAssignment;
import io.madeleine.memory.topic.Topics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The topics of a conversation's episodes. Follows from the log and the episodes, in their order:
 * the same ones give the same topics after a restart. One thread at a time.
 *
 * <p>Episodes and questions are compared by an embedder where there is one, or by their words (see
 * {@link TopicVectors}), which needs no second model and no waiting. What the assistant says is
 * left out: answers repeat themselves, and would make all episodes alike.
 */
public final class TopicMap {

  private static final int SPOKESMEN = 8;

  /** Characters of a turn that tell its topic; all episodes of a longer one have the same. */
  private static final int LONGEST = 2_000;

  private final TopicVectors directions;
  private final Topics topics;
  private final Map<String, Integer> topicOf = new HashMap<>();
  private final Map<String, float[]> vectors = new HashMap<>();
  private final LinkedHashMap<Episode, Boolean> episodes = new LinkedHashMap<>();
  private final Map<Integer, Long> sequences = new HashMap<>();
  private final Map<Integer, String> said = new HashMap<>();
  private Optional<Integer> current = Optional.empty();

  public TopicMap(TopicVectors directions) {
    this.directions = directions;
    this.topics = new Topics(directions.settings());
  }

  /** Hears the next turn. Comes before the episodes that end in it. */
  public void hear(LoggedTurn turn) {
    int place = sequences.size();
    sequences.put(place, turn.sequence());
    String text =
        turn.messages().stream()
            .filter(message -> message.body() instanceof ChatMessage.User)
            .map(message -> message.body().text())
            .collect(Collectors.joining(" "));
    said.put(place, text.substring(0, Math.min(LONGEST, text.length())));
  }

  /** Gives an episode its topic, however long an embedder is waited for. */
  public void add(Episode episode) {
    add(episode, TopicMap::nothing);
  }

  /**
   * Gives an episode its topic.
   *
   * @param meanwhile runs while an embedder is waited for; after what it throws this map is to be
   *     made anew
   */
  public void add(Episode episode, Runnable meanwhile) {
    var text = new StringBuilder();
    for (int turn = episode.firstTurn(); turn <= episode.lastTurn(); turn++) {
      text.append(said.getOrDefault(turn, "")).append(' ');
    }
    Optional<Episode> before = Optional.ofNullable(episodes.lastEntry()).map(Map.Entry::getKey);
    if (before.isPresent() && text.length() > LONGEST && insideTheTurnOf(before.get(), episode)) {
      goWith(before.get(), episode);
    } else {
      directions
          .of(episode, text.toString(), meanwhile)
          .ifPresent(v -> add(episode, v, text.toString()));
    }
    said.keySet().removeIf(turn -> turn < episode.firstTurn());
  }

  private static boolean insideTheTurnOf(Episode before, Episode episode) {
    return before.lastTurn() == episode.firstTurn() && episode.firstTurn() == episode.lastTurn();
  }

  /** The parts of one long turn have one topic, and count as one member of it. */
  private void goWith(Episode before, Episode episode) {
    topicOf.put(episode.id(), topicOf.getOrDefault(before.id(), -1));
    vectors.put(episode.id(), vectors.getOrDefault(before.id(), new float[0]));
    episodes.put(episode, true);
  }

  private void add(Episode episode, float[] vector, String text) {
    TopicAssignment assigned = topics.add(episode.id(), vector, text);
    topicOf.put(episode.id(), assigned.topic());
    topicOf.putAll(assigned.moved());
    vectors.put(episode.id(), vector);
    episodes.put(episode, true);
  }

  /** {@return the topic that a question is about; empty while there is none} */
  public Optional<Topic> route(String question) {
    return route(question, TopicMap::nothing);
  }

  private static void nothing() {}

  /**
   * {@return the topic that a question is about; empty while there is none}
   *
   * @param meanwhile runs while an embedder is waited for, and ends that by what it throws
   */
  public Optional<Topic> route(String question, Runnable meanwhile) {
    Optional<float[]> vector = directions.ofQuestion(question, meanwhile);
    if (vector.isEmpty()) {
      return Optional.empty();
    }
    Optional<Topic> found =
        current.isPresent()
            ? topics.route(vector.get(), current.get())
            : topics.route(vector.get());
    current = found.map(Topic::id);
    return found;
  }

  /** {@return the episodes of a topic, oldest first} */
  public List<Episode> episodes(int topic) {
    return episodes.keySet().stream()
        .filter(episode -> topicOf.getOrDefault(episode.id(), -1) == topic)
        .toList();
  }

  /** {@return the episodes that speak for a topic: those nearest to its middle, oldest first} */
  public List<Episode> medoids(int topic) {
    List<Episode> members = episodes(topic);
    var centre = new float[vectors.values().stream().mapToInt(v -> v.length).max().orElse(0)];
    for (Episode episode : members) {
      float[] vector = vectors.get(episode.id());
      for (int i = 0; vector != null && i < centre.length; i++) {
        centre[i] += vector[i];
      }
    }
    List<Episode> nearest = new ArrayList<>(members);
    nearest.sort(Comparator.comparingDouble((Episode e) -> -likeness(centre, e)));
    return nearest.stream()
        .limit(SPOKESMEN)
        .sorted(Comparator.comparingInt(episode -> episode.span().start()))
        .toList();
  }

  /** {@return the log's number of the turn in which an episode begins} */
  public long sequence(Episode episode) {
    return sequences.getOrDefault(episode.firstTurn(), -1L);
  }

  private double likeness(float[] centre, Episode episode) {
    float[] vector = vectors.getOrDefault(episode.id(), new float[centre.length]);
    double dot = 0;
    for (int i = 0; i < centre.length; i++) {
      dot += centre[i] * vector[i];
    }
    return dot;
  }

  /** {@return the topic of every episode, by the episode's id} */
  public Map<String, Topic> all() {
    Map<Integer, Topic> byId =
        topics.topics().stream().collect(Collectors.toMap(Topic::id, topic -> topic));
    Map<String, Topic> all = new HashMap<>();
    topicOf.forEach(
        (episode, topic) -> {
          Topic found = byId.get(topic);
          if (found != null) {
            all.put(episode, found);
          }
        });
    return Map.copyOf(all);
  }
}
