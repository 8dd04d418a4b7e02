package io.madeleine.memory.compression;

import io.madeleine.memory.compression.budget.Budget;
import io.madeleine.memory.compression.budget.LayerDemand;
import io.madeleine.memory.compression.selection.LayerScores;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.Signal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Carries a policy out. Immutable and without state: the same signals, budget and protection give
 * the same slots.
 */
public final class Compressor {

  private final Policy policy;

  /**
   * @param supplied signals that the setup will observe
   * @throws IllegalArgumentException if the policy reads one that is missing
   */
  public Compressor(Policy policy, Set<Signal> supplied) {
    var missing = EnumSet.noneOf(Signal.class);
    missing.addAll(policy.needs());
    missing.removeAll(supplied);
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          "policy '%s' reads %s, which this setup does not observe: observe it or choose another"
              .formatted(policy.name(), missing));
    }
    this.policy = policy;
  }

  /** {@return the policy that it carries out} */
  public Policy policy() {
    return policy;
  }

  /**
   * {@return the slots that stay}
   *
   * @param bytesPerSlot of the form in which they will be kept; only a budget in bytes reads it
   * @throws io.madeleine.memory.compression.budget.BudgetTooSmallException if more is protected
   *     than the budget holds
   */
  public KeptSlots select(
      SignalSource cache, Protection protection, Budget budget, double bytesPerSlot) {
    List<LayerScores> layers = new ArrayList<>();
    List<LayerDemand> demands = new ArrayList<>();
    long slots = slots(cache);
    int heads = cache.layers() * cache.kvHeads();
    long total = budget.slots(slots, heads, bytesPerSlot);
    int recent = recentSlots(total / heads);
    for (int layer = 0; layer < cache.layers(); layer++) {
      scoreLayer(cache, layer, protection, recent, layers, demands);
    }
    long[] shares = policy.allocator().share(demands, total);
    var kept = new int[cache.layers()][][];
    for (int layer = 0; layer < kept.length; layer++) {
      kept[layer] = policy.selector().select(layers.get(layer), shares[layer]);
    }
    return new KeptSlots(kept, layers, slots);
  }

  private int recentSlots(long perHead) {
    long wanted =
        Math.max(policy.always().recent(), (long) (policy.always().recentShare() * perHead));
    return (int) Math.min(wanted, perHead / 2);
  }

  private static long slots(SignalSource cache) {
    long slots = 0;
    for (int layer = 0; layer < cache.layers(); layer++) {
      for (int head = 0; head < cache.kvHeads(); head++) {
        slots += cache.head(layer, head).size();
      }
    }
    return slots;
  }

  private void scoreLayer(
      SignalSource cache,
      int layer,
      Protection protection,
      int recent,
      List<LayerScores> layers,
      List<LayerDemand> demands) {
    int heads = cache.kvHeads();
    var importance = new float[heads][];
    List<BitSet> protectedSlots = new ArrayList<>();
    boolean norms = policy.selector().needs().contains(Signal.OUTPUT_NORMS);
    boolean retrieval = policy.selector().needs().contains(Signal.RETRIEVAL_PROFILE);
    var outputNorms = new float[norms ? heads : 0][];
    var profile = new double[retrieval ? heads : 0];
    long size = 0;
    long fixed = 0;
    for (int head = 0; head < heads; head++) {
      HeadSignals signals = cache.head(layer, head);
      importance[head] = policy.scorer().importance(signals);
      BitSet always = alwaysKept(signals, protection, recent);
      protectedSlots.add(always);
      if (norms) {
        outputNorms[head] = signals.outputNorms();
      }
      if (retrieval) {
        profile[head] = signals.retrieval();
      }
      size += signals.size();
      fixed += always.cardinality();
    }
    layers.add(new LayerScores(importance, protectedSlots, outputNorms, profile));
    demands.add(new LayerDemand(size, fixed, new ScoresOf(cache, layer, importance)));
  }

  private BitSet alwaysKept(HeadSignals head, Protection protection, int recent) {
    var always = new BitSet(head.size());
    always.set(0, Math.min(policy.always().sinks(), head.size()));
    always.set(Math.max(0, head.size() - recent), head.size());
    for (int slot = 0; slot < head.size(); slot++) {
      if (protection.holds(head.position(slot))) {
        always.set(slot);
      }
    }
    return always;
  }

  private static final class ScoresOf implements LayerDemand.Scores {
    private final SignalSource cache;
    private final int layer;
    private final float[][] byHead;

    ScoresOf(SignalSource cache, int layer, float[][] byHead) {
      this.cache = cache;
      this.layer = layer;
      this.byHead = byHead;
    }

    @Override
    public float[] importance() {
      int size = 0;
      for (float[] head : byHead) {
        size += head.length;
      }
      var all = new float[size];
      int at = 0;
      for (float[] head : byHead) {
        System.arraycopy(head, 0, all, at, head.length);
        at += head.length;
      }
      return all;
    }

    @Override
    public float[] keys(int kvHead) {
      return cache.head(layer, kvHead).keys();
    }

    @Override
    public int headDim() {
      return cache.head(layer, 0).headDim();
    }
  }
}
