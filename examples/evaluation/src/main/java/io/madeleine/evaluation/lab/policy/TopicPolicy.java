package io.madeleine.evaluation.lab.policy;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.evaluation.lab.policy.observed.DialogueTopics;
import io.madeleine.evaluation.lab.policy.observed.Observations;
import io.madeleine.evaluation.lab.policy.observed.ObservedDialogue;
import io.madeleine.evaluation.lab.policy.observed.ProbeQueries;
import io.madeleine.memory.compression.Policy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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

  private final Policy policy;
  private final Observations observations;
  private final Softmax softmax;
  private final DialogueTopics topics;
  private final Map<List<Integer>, KvCache> views = new HashMap<>();

  TopicPolicy(Policy policy, DialogueTopics topics, Observations observations, Softmax softmax) {
    this.softmax = softmax;
    this.policy = policy;
    this.observations = observations;
    this.topics = topics;
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
    int topic = topics.asked(lab);
    return views.computeIfAbsent(List.of(lab.keptTokens(), topic), key -> view(lab, topic)).fork();
  }

  @Override
  public void forget() {
    views.values().forEach(KvCache::close);
    views.clear();
    topics.forget();
  }

  private KvCache view(LabCase lab, int topic) {
    ObservedDialogue dialogue = observations.of(lab);
    ProbeQueries queries = dialogue.probe(topics.prompt(lab, topic));
    return CompressedPolicy.compressed(
        lab,
        dialogue,
        policy,
        List.of(softmax == Softmax.SLOTS_ALONE ? queries::of : queries::besidesItself));
  }
}
