package io.madeleine.memory.retention;

import java.util.function.ToDoubleFunction;

/**
 * How long a cache is leased while tools run, and who goes first when memory is short. A policy is
 * data; {@link Retention} carries it out.
 */
public sealed interface RetentionPolicy {

  /** What is assumed about a tool before enough of its pauses were seen. */
  enum ColdStart {
    /** Continuum's: durations are exponential with a mean of one second. */
    EXPONENTIAL_1S,
    /** Keep for as long as rebuilding takes: at most twice the cost of knowing the future. */
    SKI_RENTAL
  }

  /**
   * Bounds that damp the feedback of queueing on leases.
   *
   * @param longestSeconds no lease is longer
   * @param queueShare the queue delay counts at most this many times the rebuild time
   */
  record Caps(double longestSeconds, double queueShare) {

    /** 60 s in memory, and at most five rebuilds' worth of queueing. */
    public static final Caps MEMORY = new Caps(60, 5);

    /** A day on disk, and at most five rebuilds' worth of queueing. */
    public static final Caps DISK = new Caps(86_400, 5);

    public Caps {
      if (!(longestSeconds >= 0) || !(queueShare >= 0)) {
        throw new IllegalArgumentException(
            "caps must be at least 0, but were %s s and %s".formatted(longestSeconds, queueShare));
      }
    }
  }

  /** No lease, and what is idle goes first. */
  record None() implements RetentionPolicy {}

  /** No lease; the longest idle goes first. */
  record Lru() implements RetentionPolicy {}

  /**
   * No lease; the least rebuild seconds per byte go first, with ageing.
   *
   * <p>Source: Cherkasova, GreedyDual-Size with Frequency, HP Labs report 98-69, 1998.
   */
  record Gdsf() implements RetentionPolicy {}

  /**
   * The same lease for every tool.
   *
   * @param seconds its length
   */
  record Fixed(double seconds) implements RetentionPolicy {

    public Fixed {
      if (!(seconds >= 0)) {
        throw new IllegalArgumentException("a lease must be at least 0 s, but was " + seconds);
      }
    }
  }

  /**
   * The lease τ that maximises {@code F(τ) · B − τ}, with {@code B = T · η + rebuild}.
   *
   * <p>Source: Li et al., <a href="https://arxiv.org/abs/2511.02230">Continuum</a>, 2025. {@code F}
   * is the distribution of the tool's pauses, {@code T} the mean queue delay of requests whose
   * cache was gone, {@code η} how well the turns served predict the turns left. Up to {@code
   * enough} pauses in all the cold start holds, up to {@code enough} of one tool the pooled
   * distribution.
   *
   * @param coldStart what is assumed before
   * @param enough pauses that make a distribution; the paper's K is 100
   * @param caps bounds
   */
  record CacheTtl(ColdStart coldStart, int enough, Caps caps) implements RetentionPolicy {

    /** The paper's constants, with our bounds. */
    public static final CacheTtl PAPER = new CacheTtl(ColdStart.EXPONENTIAL_1S, 100, Caps.MEMORY);
  }

  /**
   * Keep while the hazard of returning is at least {@code 1 / B}: the lease that maximises {@code
   * F(τ) · B − E[min(D, τ)]}. Unlike {@link CacheTtl} it charges only the time that is really
   * waited.
   *
   * @param coldStart what is assumed before
   * @param enough pauses that make a distribution
   * @param caps bounds
   */
  record Hazard(ColdStart coldStart, int enough, Caps caps) implements RetentionPolicy {}

  /**
   * Keep for as long as rebuilding takes, whatever the tool.
   *
   * <p>Source: Karlin et al., Competitive snoopy caching, 1988: never more than twice the best.
   *
   * @param caps bounds
   */
  record SkiRental(Caps caps) implements RetentionPolicy {}

  /**
   * Knows the pause: leases for exactly that long if it is worth it. For experiments only.
   *
   * @param truth seconds that the pause will take
   */
  record Clairvoyant(ToDoubleFunction<Pause> truth) implements RetentionPolicy {}
}
