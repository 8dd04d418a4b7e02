package io.madeleine.memory.retention;

import io.madeleine.memory.retention.RetentionPolicy.CacheTtl;
import io.madeleine.memory.retention.RetentionPolicy.Caps;
import io.madeleine.memory.retention.RetentionPolicy.Clairvoyant;
import io.madeleine.memory.retention.RetentionPolicy.ColdStart;
import io.madeleine.memory.retention.RetentionPolicy.Fixed;
import io.madeleine.memory.retention.RetentionPolicy.Gdsf;
import io.madeleine.memory.retention.RetentionPolicy.Hazard;
import io.madeleine.memory.retention.RetentionPolicy.Lru;
import io.madeleine.memory.retention.RetentionPolicy.None;
import io.madeleine.memory.retention.RetentionPolicy.SkiRental;
import io.madeleine.memory.retention.TtlDecision.Source;
import java.util.List;

/** Carries a {@link RetentionPolicy} out: a pause in, a lease's length and its reason out. */
public final class Retention {

  private final RetentionPolicy policy;
  private final GapRecorder gaps;
  private final LoadEstimate load;

  /**
   * @param policy what to do
   * @param gaps how long tools took so far
   * @param load how long requests queue and how long programs are
   */
  public Retention(RetentionPolicy policy, GapRecorder gaps, LoadEstimate load) {
    this.policy = policy;
    this.gaps = gaps;
    this.load = load;
  }

  /** {@return the policy that is carried out} */
  public RetentionPolicy policy() {
    return policy;
  }

  /** {@return how long to keep the cache of {@code pause}, and why} */
  public TtlDecision decide(Pause pause) {
    return switch (policy) {
      case None() -> plain(pause, 0);
      case Lru() -> plain(pause, 0);
      case Gdsf() -> plain(pause, 0);
      case Fixed(double seconds) -> plain(pause, seconds);
      case SkiRental(Caps caps) ->
          plain(pause, Math.min(pause.rebuildSeconds(), caps.longestSeconds()));
      case Clairvoyant clairvoyant -> foresee(pause, clairvoyant);
      case CacheTtl(ColdStart cold, int enough, Caps caps) ->
          estimate(pause, new Estimate(cold, enough, caps, Charge.WHOLE_LEASE));
      case Hazard(ColdStart cold, int enough, Caps caps) ->
          estimate(pause, new Estimate(cold, enough, caps, Charge.TIME_WAITED));
    };
  }

  /** What a lease is charged with. */
  private enum Charge {
    WHOLE_LEASE,
    TIME_WAITED
  }

  private record Estimate(ColdStart coldStart, int enough, Caps caps, Charge charge) {}

  private static TtlDecision plain(Pause pause, double seconds) {
    return new TtlDecision(seconds, pause, pause.rebuildSeconds(), 0, 0, Source.NONE, 0);
  }

  private TtlDecision foresee(Pause pause, Clairvoyant clairvoyant) {
    double benefit = load.queueDelaySeconds() * load.memoryfulness() + pause.rebuildSeconds();
    double truth = clairvoyant.truth().applyAsDouble(pause);
    return plain(pause, truth <= benefit ? truth : 0);
  }

  private TtlDecision estimate(Pause pause, Estimate how) {
    int known = gaps.pauses();
    boolean cold = known <= how.enough();
    double queue =
        Math.min(load.queueDelaySeconds(), how.caps().queueShare() * pause.rebuildSeconds());
    double eta = cold ? 1 : load.memoryfulness();
    double benefit = Math.max(0, queue * eta + pause.rebuildSeconds());
    int ofTool = gaps.pauses(pause.toolKey());

    Source source;
    int samples;
    double best;
    if (ofTool > how.enough()) {
      source = Source.TOOL;
      samples = ofTool;
      best = best(gaps.steps(pause.toolKey()), benefit, how.charge());
    } else if (pause.hintSeconds().isPresent()) {
      source = Source.HINT;
      samples = 0;
      best = exponential(pause.hintSeconds().getAsDouble(), benefit, how);
    } else if (cold) {
      source = Source.COLD_START;
      samples = known;
      best =
          how.coldStart() == ColdStart.SKI_RENTAL
              ? pause.rebuildSeconds()
              : exponential(1, benefit, how);
    } else {
      source = Source.POOLED;
      samples = known;
      best = best(gaps.pooledSteps(), benefit, how.charge());
    }
    double seconds = Math.min(best, how.caps().longestSeconds());
    return new TtlDecision(seconds, pause, benefit, queue, eta, source, samples);
  }

  /** The objective falls between two observed durations, so only those need to be tried. */
  private static double best(List<Durations.Step> steps, double benefit, Charge charge) {
    double bestSeconds = 0;
    double bestGain = 0;
    for (Durations.Step step : steps) {
      double cost = charge == Charge.WHOLE_LEASE ? step.seconds() : step.meanWait();
      double gain = step.returnedBy() * benefit - cost;
      if (gain > bestGain) {
        bestGain = gain;
        bestSeconds = step.seconds();
      }
    }
    return bestSeconds;
  }

  /**
   * Durations that are exponential with this mean: {@code mean · ln(B / mean)} where the whole
   * lease is charged; where only the time waited is, waiting pays for ever or not at all.
   */
  private static double exponential(double mean, double benefit, Estimate how) {
    if (benefit <= mean) {
      return 0;
    }
    if (mean == 0) {
      return 0;
    }
    return how.charge() == Charge.WHOLE_LEASE
        ? mean * Math.log(benefit / mean)
        : how.caps().longestSeconds();
  }
}
