package io.madeleine.evaluation.lab.policy;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.evaluation.lab.reader.Reading;
import io.madeleine.memory.compression.Policy;
import io.madeleine.memory.topic.TopicClusters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * EpiCache: one view of the whole dialogue for each topic, compressed with the topic's medoids as
 * prompt (SHARED_PREFILL: over one exact cache); a question gets the view of its topic.
 */
final class TopicPolicy implements LabPolicy {

  /** What shares the attention of a prompt's tokens. */
  enum Softmax {
    /** The cached slots alone, as in EpiCache's code. */
    SLOTS_ALONE,
    /** The prompt's own keys as well, as the model attends. */
    WITH_PROMPT
  }

  private static final int WINDOW = 4;
  private static final int MEDOIDS = 8;
  private static final int LONGEST_PROMPT = 384;
  private static final int DIMS = 512;

  private final Policy policy;
  private final int topics;
  private final Observations observations;
  private final Softmax softmax;
  private final Map<List<Integer>, KvCache> views = new HashMap<>();
  private @Nullable KvCache of;
  private @Nullable TopicClusters clusters;

  TopicPolicy(Policy policy, int topics, Observations observations, Softmax softmax) {
    this.softmax = softmax;
    this.policy = policy;
    this.topics = topics;
    this.observations = observations;
  }

  @Override
  public String name() {
    return policy.name();
  }

  @Override
  public Scope scope() {
    return Scope.QUESTION;
  }

  @Override
  public KvCache prepare(LabCase lab) {
    TopicClusters found = clusters(lab);
    WordIndex words = observations.words(lab);
    int[] question = lab.questions().getFirst().prompt();
    int topic = found.route(words.vector(question, DIMS));
    return views
        .computeIfAbsent(List.of(lab.keptTokens(), topic), key -> view(lab, found, topic))
        .fork();
  }

  @Override
  public void forget() {
    views.values().forEach(KvCache::close);
    views.clear();
    clusters = null;
    of = null;
  }

  private TopicClusters clusters(LabCase lab) {
    TopicClusters known = clusters;
    if (known != null && of == lab.full()) {
      return known;
    }
    WordIndex words = observations.words(lab);
    List<float[]> vectors = new ArrayList<>();
    for (TokenSpan window : windows(lab.reading())) {
      int[] tokens = Arrays.copyOfRange(lab.reading().tokens(), window.start(), window.end());
      vectors.add(words.vector(tokens, DIMS));
    }
    TopicClusters fresh = TopicClusters.of(vectors, Math.min(topics, vectors.size()), 10, 42);
    of = lab.full();
    clusters = fresh;
    return fresh;
  }

  private KvCache view(LabCase lab, TopicClusters found, int topic) {
    List<TokenSpan> windows = windows(lab.reading());
    int[] prompt =
        found.medoids(topic, MEDOIDS).stream()
            .sorted()
            .flatMapToInt(
                window ->
                    Arrays.stream(
                        lab.reading().tokens(),
                        windows.get(window).start(),
                        windows.get(window).end()))
            .limit(LONGEST_PROMPT)
            .toArray();
    ObservedDialogue dialogue = observations.of(lab);
    ProbeQueries queries = dialogue.probe(prompt);
    return CompressedPolicy.compressed(
        lab,
        dialogue,
        policy,
        List.of(softmax == Softmax.SLOTS_ALONE ? queries::of : queries::besidesItself));
  }

  private static List<TokenSpan> windows(Reading reading) {
    List<TokenSpan> windows = new ArrayList<>();
    List<TokenSpan> turns = reading.turns();
    for (int turn = 0; turn < turns.size(); turn += WINDOW) {
      int last = Math.min(turns.size(), turn + WINDOW) - 1;
      windows.add(new TokenSpan(turns.get(turn).start(), turns.get(last).end()));
    }
    return windows;
  }
}
