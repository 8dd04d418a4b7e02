package io.madeleine.evaluation.lab.policy;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.evaluation.lab.policy.observed.DialogueSignals;
import io.madeleine.evaluation.lab.policy.observed.Observations;
import io.madeleine.evaluation.lab.policy.observed.ObservedDialogue;
import io.madeleine.evaluation.lab.policy.observed.Prompts;
import io.madeleine.memory.compression.Compressor;
import io.madeleine.memory.compression.KeptSlots;
import io.madeleine.memory.compression.Policy;
import io.madeleine.memory.compression.Protection;
import io.madeleine.memory.compression.budget.Budget;
import io.madeleine.memory.compression.eviction.HeadKv;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.QueryWindow;
import java.util.List;
import java.util.function.BiFunction;

/** A policy of the core, carried out on the whole cache behind a dialogue. */
final class CompressedPolicy implements LabPolicy {

  private final Policy policy;
  private final Scope scope;
  private final Observations observations;
  private final Prompts prompts;

  CompressedPolicy(Policy policy, Scope scope, Observations observations, Prompts prompts) {
    this.policy = policy;
    this.scope = scope;
    this.observations = observations;
    this.prompts = prompts;
  }

  @Override
  public String name() {
    return policy.name();
  }

  @Override
  public Scope scope() {
    return scope;
  }

  @Override
  public KvCache prepare(LabCase lab) {
    ObservedDialogue dialogue = observations.of(lab);
    return compressed(lab, dialogue, policy, prompts.of(policy.scorer(), lab, dialogue));
  }

  static KvCache compressed(
      LabCase lab,
      ObservedDialogue dialogue,
      Policy policy,
      List<BiFunction<Integer, Integer, QueryWindow>> probes) {
    var signals = new DialogueSignals(dialogue, probes, policy.needs());
    KeptSlots kept =
        new Compressor(policy, signals.supplied())
            .select(signals, Protection.none(), new Budget.Tokens(lab.keptTokens()), 1);
    KvCache cache = lab.full().fork();
    for (int layer = 0; layer < signals.layers(); layer++) {
      for (int head = 0; head < signals.kvHeads(); head++) {
        if (policy.evictor().dropsOnly()) {
          cache.keep(layer, head, kept.of(layer, head));
        } else {
          merge(cache, policy, signals.head(layer, head), kept, lab.model().rotary(layer));
        }
      }
    }
    return cache;
  }

  /** Keys of different positions are mixed before rotation, as when an episode closes. */
  private static void merge(
      KvCache cache, Policy policy, HeadSignals head, KeptSlots kept, Rotary rotary) {
    int layer = head.layer();
    int kvHead = head.kvHead();
    int[] positions = cache.positions(layer, kvHead);
    float[] unrotated = head.keys().clone();
    for (int slot = 0; slot < positions.length; slot++) {
      rotary.turn(unrotated, slot * head.headDim(), -positions[slot]);
    }
    HeadKv before = HeadKv.of(head.headDim(), positions, unrotated, head.values());
    HeadKv after =
        policy.evictor().evict(before, kept.of(layer, kvHead), kept.importance(layer, kvHead));
    float[] keys = after.keys().clone();
    for (int slot = 0; slot < after.positions().length; slot++) {
      rotary.turn(keys, slot * head.headDim(), after.positions()[slot]);
    }
    cache.keep(layer, kvHead, new int[0]);
    cache.appendAll(layer, kvHead, keys, after.values(), after.positions());
  }
}
