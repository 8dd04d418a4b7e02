package io.madeleine.evaluation.lab.policy;

import io.madeleine.conversation.episodic.blending.Blending;
import io.madeleine.conversation.episodic.blending.Blending.Choice;
import io.madeleine.conversation.episodic.closing.EpisodeCompression;
import io.madeleine.conversation.episodic.inside.LayerRecall;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.evaluation.lab.LabPolicies;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.evaluation.lab.LabPolicy.Scope;
import io.madeleine.evaluation.lab.policy.living.IndexFinder;
import io.madeleine.evaluation.lab.policy.living.LivingPolicy;
import io.madeleine.evaluation.lab.policy.living.TurnFinder;
import io.madeleine.evaluation.lab.policy.observed.DialogueSignals;
import io.madeleine.evaluation.lab.policy.observed.DialogueTopics;
import io.madeleine.evaluation.lab.policy.observed.Observations;
import io.madeleine.evaluation.lab.policy.observed.Prompts;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.compression.Policies;
import io.madeleine.memory.compression.Policy;
import io.madeleine.memory.compression.scorer.KvScorer;
import io.madeleine.memory.compression.scorer.PositionScorer;
import io.madeleine.memory.compression.scorer.ProbeScorer;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.surprise.SurpriseSegmenter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * All policies of the laboratory: its yardsticks, those of the literature, and the episodic ones.
 */
public final class KvPolicies {

  private static final int TOPICS = 4;
  private static final int SINKS = 4;

  private KvPolicies() {}

  /**
   * {@return them, "full" first}
   *
   * @param layers of the model
   * @param tokenizer of the model
   * @param seed of policies that draw
   */
  public static List<LabPolicy> all(int layers, Tokenizer tokenizer, long seed) {
    var observations = new Observations();
    var prompts = new Prompts(tokenizer);
    List<LabPolicy> all = new ArrayList<>();
    all.add(LabPolicies.full());
    all.add(LabPolicies.recent());
    all.add(LabPolicies.oracle());
    all.add(new EventPolicy(observations, SurpriseSegmenter.EM_LLM));
    all.addAll(living(observations, tokenizer));
    for (LayerRecall.Representative each : LayerRecall.Representative.values()) {
      all.add(new InsidePolicy(each));
    }
    all.addAll(compressedEpisodes(observations));
    for (Policy policy : Policies.all(layers, seed)) {
      if (!DialogueSignals.observable().containsAll(policy.needs())) {
        continue;
      }
      if (policy.scorer() instanceof ProbeScorer.PatchedPrompt) {
        all.add(
            new TopicPolicy(
                policy, byWords(observations), observations, TopicPolicy.Softmax.SLOTS_ALONE));
        all.add(
            new TopicPolicy(
                policy.with("topics-slots", policy.scorer()),
                byWords(observations),
                observations,
                TopicPolicy.Softmax.WITH_PROMPT));
        all.addAll(inBlocks(policy, observations, prompts));
      } else {
        Scope scope =
            policy.scorer() instanceof ProbeScorer.Question ? Scope.QUESTION : Scope.DIALOGUE;
        all.add(new CompressedPolicy(policy, scope, observations, prompts));
      }
    }
    for (String codec :
        List.of("f16", "int8", "kivi4", "kivi2", "zip42", "mikv82", "anchor2", "minicache")) {
      all.add(new CodecPolicy(KvCodec.named(codec)));
    }
    return all;
  }

  /** The paper's comparison: everybody reads in blocks, and selects as EpiCache does. */
  private static List<LabPolicy> inBlocks(
      Policy epicache, Observations observations, Prompts prompts) {
    List<LabPolicy> all = new ArrayList<>();
    for (BlockPolicy.By by : BlockPolicy.By.values()) {
      String name = by.name().toLowerCase(Locale.ROOT) + "-block";
      KvScorer scorer =
          by == BlockPolicy.By.STREAMING
              ? new PositionScorer.SinksAndRecent(SINKS)
              : epicache.scorer();
      all.add(new BlockPolicy(by, epicache.with(name, scorer), prompts, byWords(observations)));
    }
    return all;
  }

  /** The product's way, with other ways to find turns and to fit them in. */
  private static List<LabPolicy> living(Observations observations, Tokenizer tokenizer) {
    TurnFinder words = TurnFinder.byWords(observations);
    return List.of(
        new LivingPolicy("events-living", words),
        new LivingPolicy("oracle-living", TurnFinder.told(words)),
        new LivingPolicy("events-living-index", new IndexFinder(tokenizer, Optional::empty)),
        LivingPolicy.ofTopics(
            "topics-living",
            new IndexFinder(tokenizer, Optional::empty),
            new LivingPolicy.Topics(tokenizer, Optional::empty)),
        new LivingPolicy("events-living-sharper", words, new Blending(0.9, 0)),
        new LivingPolicy("events-living-reread", words, new Blending(1, 0.15)),
        new LivingPolicy("events-living-changed", words, new Blending(1, 0.15, Choice.CHANGED, 0)),
        new LivingPolicy("events-living-offset", words, new Blending(1, 0.15, Choice.FIRST, 0.5)));
  }

  private static DialogueTopics byWords(Observations observations) {
    return new DialogueTopics(TOPICS, DialogueTopics.words(observations));
  }

  /**
   * {@return the product as it ships, {@code events} and {@code topics}: turns are found by meaning
   * as well, and topics told apart by it}
   *
   * @param layers of the model
   * @param made an embedder, asked for once, when a policy first runs
   */
  public static List<LabPolicy> byMeaning(
      int layers, Tokenizer tokenizer, Supplier<Embedder> made) {
    Supplier<Embedder> embedder = once(made);
    var finder = new IndexFinder(tokenizer, () -> Optional.of(embedder.get()));
    Policy epicache = Policies.named("epicache", layers, 0);
    return List.of(
        new LivingPolicy("events", finder),
        LivingPolicy.ofTopics(
            "topics",
            finder,
            new LivingPolicy.Topics(tokenizer, () -> Optional.of(embedder.get()))),
        new TopicPolicy(
            epicache.with("topics-slots-meaning", epicache.scorer()),
            new DialogueTopics(TOPICS, DialogueTopics.meaning(tokenizer, embedder)),
            new Observations(),
            TopicPolicy.Softmax.WITH_PROMPT));
  }

  private static Supplier<Embedder> once(Supplier<Embedder> made) {
    var known = new ArrayList<Embedder>(1);
    return () -> {
      if (known.isEmpty()) {
        known.add(made.get());
      }
      return known.getFirst();
    };
  }

  /** What an episode may lose when it closes, at 8 bits: a row for each policy and share. */
  private static List<LabPolicy> compressedEpisodes(Observations observations) {
    List<LabPolicy> all = new ArrayList<>();
    all.add(
        new LivingPolicy(
            TurnFinder.byWords(observations), EpisodeCompression.NONE, new KvCodec.Int8()));
    for (String policy : List.of("kvzip", "keydiff", "expected", "adakv", "h2o", "random")) {
      for (double kept : new double[] {0.75, 0.5, 0.25}) {
        all.add(
            new LivingPolicy(
                TurnFinder.byWords(observations),
                new EpisodeCompression(policy, kept, 0),
                new KvCodec.Int8()));
      }
    }
    return all;
  }
}
