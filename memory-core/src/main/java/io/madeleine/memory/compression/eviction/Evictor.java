package io.madeleine.memory.compression.eviction;

import io.madeleine.memory.compression.signal.Signal;
import java.util.Set;

/** What becomes of the slots that go. */
public sealed interface Evictor {

  /** {@return the signals that the rule reads} */
  default Set<Signal> needs() {
    return switch (this) {
      case Drop() -> Set.of();
      default -> Set.of(Signal.KEYS, Signal.VALUES);
    };
  }

  /**
   * {@return the head that remains: one slot for each of {@code kept}, in order}
   *
   * @param kept strictly ascending
   * @param importance of every slot of {@code head}
   */
  default HeadKv evict(HeadKv head, int[] kept, float[] importance) {
    return Evictions.of(this, head, kept, importance);
  }

  /** {@return whether survivors keep their bits, so that a cache may simply forget the rest} */
  default boolean dropsOnly() {
    return this instanceof Drop;
  }

  /** They are gone. Survivors keep their bits. */
  record Drop() implements Evictor {}

  /**
   * Each goes into the value of the survivor whose key is most like its own: {@code v ← (v + Σ w
   * v_e) / (1 + Σ w)}, {@code w = cos × ‖v_e‖ / (‖v_e‖ + ‖v‖)}. Keys stay, so rotation is safe.
   *
   * <p>Source: the merging press of <a href="https://github.com/NVIDIA/kvpress">kvpress</a>, 2026.
   * Deviation: sinks receive nothing.
   *
   * @param threshold cosine above which a slot merges, 0 in the source
   * @param sinks first slots that receive nothing
   */
  record MergeValues(double threshold, int sinks) implements Evictor {}

  /**
   * Each goes into its nearest survivor's value when it is at least as like it as the mean of all
   * that go; weights {@code e^cos}, the survivor's {@code e}, normalised.
   *
   * <p>Source: Wan et al., <a href="https://arxiv.org/abs/2406.13035">D2O</a>, 2024. Deviations:
   * the weights add up to one (the authors' code shrinks norms), the threshold is this call's mean
   * instead of a running one, and keys are left alone.
   */
  record MergeNearest() implements Evictor {}

  /**
   * Each joins the survivor before or after it in time, when their keys' cosine passes {@code
   * threshold}; keys and values of a set are averaged with Gaussian weights around the survivor.
   * Wants keys before rotation.
   *
   * <p>Source: Wang et al., <a href="https://arxiv.org/abs/2407.08454">KVMerger</a>, 2024.
   * Deviation: the pivot is the survivor that the policy chose.
   *
   * @param threshold cosine above which a slot joins
   */
  record MergeRuns(double threshold) implements Evictor {}

  /**
   * The least important share is dropped; the others become the class of their nearest survivor,
   * whose value turns into the mean over the class; those that fit nowhere are dropped as well.
   *
   * <p>Source: Li et al., <a href="https://arxiv.org/abs/2412.08521">EMS</a>, 2024, by its abstract
   * and reviews. Keys stay, and with them their norms.
   *
   * @param irrelevantShare of the slots that go which are dropped unseen, 0 to 1
   * @param threshold cosine above which a slot fits a class
   */
  record MergeClasses(double irrelevantShare, double threshold) implements Evictor {}

  /**
   * Each is added to the values of the next {@code receivers} survivors, divided by their count,
   * with the probability of its importance against the mean.
   *
   * <p>Source: Zhang et al., <a href="https://openreview.net/forum?id=LCTmppB165">CaM</a>, 2024.
   *
   * @param receivers at least 1
   * @param seed of the draw
   */
  record MergeRandomly(int receivers, long seed) implements Evictor {

    /**
     * @throws IllegalArgumentException if {@code receivers} is below 1
     */
    public MergeRandomly {
      if (receivers < 1) {
        throw new IllegalArgumentException(
            "at least 1 survivor must receive a value, but " + receivers + " do");
      }
    }
  }
}
