package io.madeleine.memory.compression;

import io.madeleine.memory.compression.budget.LayerAllocator;
import io.madeleine.memory.compression.eviction.Evictor;
import io.madeleine.memory.compression.scorer.KvScorer;
import io.madeleine.memory.compression.selection.HeadSelector;
import io.madeleine.memory.compression.signal.Signal;
import java.util.EnumSet;
import java.util.Set;

/**
 * A way to make a cache smaller: what counts as important, how layers and heads share the budget,
 * what stays in any case, and what becomes of the rest.
 *
 * @param name that commands and tables use, lower case
 * @param scorer gives every slot its importance
 * @param allocator shares the budget between layers
 * @param selector shares a layer's budget between its heads
 * @param always slots that stay in any case
 * @param evictor what becomes of the slots that go
 */
public record Policy(
    String name,
    KvScorer scorer,
    LayerAllocator allocator,
    HeadSelector selector,
    Always always,
    Evictor evictor) {

  /**
   * Slots that stay whatever they score, in every head.
   *
   * @param sinks first slots
   * @param recent last slots, though never more than half of a head's mean budget
   * @param recentShare of the budget that goes to the last slots, 0 to 1
   */
  public record Always(int sinks, int recent, double recentShare) {

    /**
     * @throws IllegalArgumentException if a count is negative or the share not in [0, 1]
     */
    public Always {
      if (sinks < 0 || recent < 0 || !(recentShare >= 0 && recentShare <= 1)) {
        throw new IllegalArgumentException(
            "sinks %d and recent %d must not be negative, and the recent share %s lie in [0, 1]"
                .formatted(sinks, recent, recentShare));
      }
    }
  }

  /** {@return every signal that some part of the policy reads} */
  public Set<Signal> needs() {
    var needs = EnumSet.noneOf(Signal.class);
    needs.addAll(scorer.needs());
    needs.addAll(allocator.needs());
    needs.addAll(selector.needs());
    needs.addAll(evictor.needs());
    return needs;
  }

  /** {@return this policy under another name and with another scorer} */
  public Policy with(String newName, KvScorer other) {
    return new Policy(newName, other, allocator, selector, always, evictor);
  }

  /** {@return this policy under another name and with another allocator} */
  public Policy with(String newName, LayerAllocator other) {
    return new Policy(newName, scorer, other, selector, always, evictor);
  }

  /** {@return this policy under another name and with another selector} */
  public Policy with(String newName, HeadSelector other) {
    return new Policy(newName, scorer, allocator, other, always, evictor);
  }

  /** {@return this policy under another name and with another evictor} */
  public Policy with(String newName, Evictor other) {
    return new Policy(newName, scorer, allocator, selector, always, other);
  }

  /** {@return this policy, with other slots that stay in any case} */
  public Policy with(Always other) {
    return new Policy(name, scorer, allocator, selector, other, evictor);
  }
}
