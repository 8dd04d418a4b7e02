package io.madeleine.evaluation.lab.policy;

import io.madeleine.conversation.observation.BlockPrefill;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.evaluation.lab.policy.observed.DialogueTopics;
import io.madeleine.evaluation.lab.policy.observed.Prompts;
import io.madeleine.memory.compression.Policy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * As the EpiCache paper compares: the dialogue is read block by block, and after each block the
 * whole cache is cut down to the budget, so that nobody ever holds the dialogue. One selection, and
 * four things to score by.
 *
 * @see BlockPrefill
 */
final class BlockPolicy implements LabPolicy {

  /** What scores the cache behind a block. */
  enum By {
    /** The medoids of the question's topic; a view for each topic. */
    EPICACHE,
    /** "Repeat", and the block once more. */
    KVZIP,
    /** The last tokens of the block. */
    SNAPKV,
    /** Nothing: sinks and the newest stay. */
    STREAMING
  }

  private static final int BLOCK = 128;
  private static final int WINDOW = 64;

  private final By by;
  private final Policy policy;
  private final Prompts prompts;
  private final DialogueTopics topics;
  private final PagePool pool = new PagePool(256L << 20);
  private final Map<Integer, KvCache> views = new HashMap<>();
  private int budget;

  BlockPolicy(By by, Policy policy, Prompts prompts, DialogueTopics topics) {
    this.by = by;
    this.policy = policy;
    this.prompts = prompts;
    this.topics = topics;
  }

  @Override
  public String name() {
    return policy.name();
  }

  @Override
  public Scope scope() {
    return by == By.EPICACHE ? Scope.QUESTION : Scope.DIALOGUE;
  }

  @Override
  public KvCache prepare(LabCase lab) {
    if (budget != lab.keptTokens()) {
      forget();
      budget = lab.keptTokens();
    }
    int topic = by == By.EPICACHE ? topics.asked(lab) : 0;
    return views.computeIfAbsent(topic, asked -> view(lab, asked)).fork();
  }

  private KvCache view(LabCase lab, int topic) {
    int[] tokens = lab.reading().tokens();
    var cache = new KvCache(lab.model().kvShape(), KvType.F32, pool);
    new BlockPrefill(lab.model(), policy, lab.keptTokens(), BLOCK)
        .read(cache, tokens, prompt(lab, tokens, topic));
    return cache;
  }

  private BlockPrefill.Prompt prompt(LabCase lab, int[] tokens, int topic) {
    return switch (by) {
      case EPICACHE -> {
        int[] medoids = topics.prompt(lab, topic);
        yield (from, to) -> medoids;
      }
      case KVZIP -> (from, to) -> prompts.repeated(Arrays.copyOfRange(tokens, from, to));
      case SNAPKV -> (from, to) -> Arrays.copyOfRange(tokens, Math.max(from, to - WINDOW), to);
      case STREAMING -> (from, to) -> new int[] {tokens[to - 1]};
    };
  }

  @Override
  public void forget() {
    views.values().forEach(KvCache::close);
    views.clear();
    topics.forget();
  }
}
