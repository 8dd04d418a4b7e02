package io.madeleine.memory.compression.selection;

import io.madeleine.memory.compression.budget.BudgetTooSmallException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.PriorityQueue;

final class Selections {

  private static final float EPSILON = 1e-4f;

  private Selections() {}

  static int[][] of(HeadSelector selector, LayerScores layer, long budget) {
    return switch (selector) {
      case HeadSelector.PerHead() -> perHead(layer, evenShares(layer, budget));
      case HeadSelector.Joint(double floorShare) -> joint(layer, budget, floorShare);
      case HeadSelector.Shared() -> shared(layer, budget);
      case HeadSelector.Critical(HeadSelector base, double firstShare) ->
          critical(layer, budget, base, firstShare);
      case HeadSelector.DiverseBlocks blocks -> {
        int[] shares = evenShares(layer, budget);
        var kept = new int[layer.heads()][];
        for (int head = 0; head < kept.length; head++) {
          kept[head] = DiverseSlots.select(blocks, layer, head, shares[head]);
        }
        yield kept;
      }
      case HeadSelector.RetrievalHeads heads -> perHead(layer, byRetrieval(heads, layer, budget));
    };
  }

  /** Even shares, the remainder to the lower heads, what a short head cannot use to the others. */
  private static int[] evenShares(LayerScores layer, long budget) {
    var weights = new double[layer.heads()];
    Arrays.fill(weights, 1);
    return shares(layer, budget, weights);
  }

  private static int[] shares(LayerScores layer, long budget, double[] weights) {
    var floors = new long[layer.heads()];
    var caps = new long[layer.heads()];
    for (int head = 0; head < floors.length; head++) {
      floors[head] = layer.protectedSlots(head).cardinality();
      caps[head] = layer.size(head);
    }
    var filling = new io.madeleine.memory.compression.budget.WaterFilling(floors, caps);
    return Arrays.stream(filling.share(weights, budget)).mapToInt(Math::toIntExact).toArray();
  }

  private static int[] byRetrieval(
      HeadSelector.RetrievalHeads options, LayerScores layer, long budget) {
    int heads = layer.heads();
    var profile = new float[heads];
    for (int head = 0; head < heads; head++) {
      profile[head] = (float) layer.retrieval(head);
    }
    int looking = Math.max(1, (int) Math.round(options.retrievalShare() * heads));
    var weights = new double[heads];
    Arrays.fill(weights, options.otherShare());
    double rest = heads - (heads - looking) * options.otherShare();
    for (int head : TopSlots.best(profile, new BitSet(), looking)) {
      weights[head] = rest / looking;
    }
    return shares(layer, budget, weights);
  }

  private static int[][] perHead(LayerScores layer, int[] shares) {
    var kept = new int[layer.heads()][];
    for (int head = 0; head < kept.length; head++) {
      var slots = (BitSet) layer.protectedSlots(head).clone();
      int free = shares[head] - slots.cardinality();
      for (int slot : TopSlots.best(layer.importance(head), slots, free)) {
        slots.set(slot);
      }
      kept[head] = TopSlots.ascending(slots);
    }
    return kept;
  }

  private static int[][] joint(LayerScores layer, long budget, double floorShare) {
    List<BitSet> kept = new ArrayList<>();
    long used = 0;
    double each = (double) budget / layer.heads();
    // With fewer slots than heads no head has one for sure: the best of all stay.
    int floor = Math.min((int) each, Math.max(1, (int) (each * floorShare)));
    for (int head = 0; head < layer.heads(); head++) {
      var slots = (BitSet) layer.protectedSlots(head).clone();
      int missing = floor - slots.cardinality();
      for (int slot : TopSlots.best(layer.importance(head), slots, missing)) {
        slots.set(slot);
      }
      used += slots.cardinality();
      kept.add(slots);
    }
    if (used > budget) {
      throw new BudgetTooSmallException("the heads of a layer together", used, budget);
    }
    fillByRank(layer, kept, budget - used);
    return kept.stream().map(TopSlots::ascending).toArray(int[][]::new);
  }

  /** Merges the heads' ranked slots: best importance, then oldest slot, then lowest head. */
  private static void fillByRank(LayerScores layer, List<BitSet> kept, long free) {
    record Next(long ranked, int head, int index) {}
    var ranked = new long[layer.heads()][];
    var queue =
        new PriorityQueue<Next>(
            (a, b) ->
                a.ranked() != b.ranked()
                    ? Long.compare(a.ranked(), b.ranked())
                    : Integer.compare(a.head(), b.head()));
    for (int head = 0; head < ranked.length; head++) {
      ranked[head] = TopSlots.ranked(layer.importance(head), kept.get(head));
      if (ranked[head].length > 0) {
        queue.add(new Next(ranked[head][0], head, 0));
      }
    }
    for (long left = free; left > 0 && !queue.isEmpty(); left--) {
      Next next = queue.remove();
      kept.get(next.head()).set(TopSlots.slot(next.ranked()));
      int following = next.index() + 1;
      if (following < ranked[next.head()].length) {
        queue.add(new Next(ranked[next.head()][following], next.head(), following));
      }
    }
  }

  private static int[][] shared(LayerScores layer, long budget) {
    int size = layer.size(0);
    var mean = new float[size];
    var slots = new BitSet();
    for (int head = 0; head < layer.heads(); head++) {
      if (layer.size(head) != size) {
        throw new IllegalArgumentException(
            "a shared selection needs equally long heads, but head 0 has %d slots and head %d %d"
                .formatted(size, head, layer.size(head)));
      }
      for (int slot = 0; slot < size; slot++) {
        mean[slot] += layer.importance(head)[slot] / layer.heads();
      }
      slots.or(layer.protectedSlots(head));
    }
    int share = (int) Math.min(size, budget / layer.heads());
    if (slots.cardinality() > share) {
      throw new BudgetTooSmallException("every head of a layer", slots.cardinality(), share);
    }
    for (int slot : TopSlots.best(mean, slots, share - slots.cardinality())) {
      slots.set(slot);
    }
    var kept = new int[layer.heads()][];
    Arrays.fill(kept, TopSlots.ascending(slots));
    return kept;
  }

  private static int[][] critical(
      LayerScores layer, long budget, HeadSelector base, double firstShare) {
    long protectedSlots = 0;
    for (int head = 0; head < layer.heads(); head++) {
      protectedSlots += layer.protectedSlots(head).cardinality();
    }
    long first = Math.min(budget, Math.max(protectedSlots, (long) (budget * firstShare)));
    List<BitSet> taken = new ArrayList<>();
    for (int[] slots : of(base, layer, first)) {
      var set = new BitSet();
      Arrays.stream(slots).forEach(set::set);
      taken.add(set);
    }
    var weighted = new float[layer.heads()][];
    for (int head = 0; head < weighted.length; head++) {
      weighted[head] = weighted(layer.importance(head), layer.outputNorms(head));
    }
    return of(base, layer.withImportance(weighted).withProtected(taken), budget);
  }

  /** {@return {@code (importance + 1e-4) × ‖W_o v‖₁}} */
  static float[] weighted(float[] importance, float[] norms) {
    var out = new float[importance.length];
    for (int slot = 0; slot < out.length; slot++) {
      out[slot] = (importance[slot] + EPSILON) * norms[slot];
    }
    return out;
  }
}
