package io.madeleine.memory.retention;

import java.util.Locale;

/**
 * How long a cache is leased, and every number that led there.
 *
 * @param seconds the lease, 0 for none
 * @param pause what was asked
 * @param benefitSeconds {@code B}, what a hit saves
 * @param queueDelaySeconds {@code T}, after its cap
 * @param memoryfulness {@code η}
 * @param source which distribution was used
 * @param samples how many pauses it rests on
 */
public record TtlDecision(
    double seconds,
    Pause pause,
    double benefitSeconds,
    double queueDelaySeconds,
    double memoryfulness,
    Source source,
    int samples) {

  /** Which distribution a decision rests on. */
  public enum Source {
    /** The policy needs none. */
    NONE,
    /** Too few pauses were seen. */
    COLD_START,
    /** What the tool's author said. */
    HINT,
    /** Pauses of all tools. */
    POOLED,
    /** Pauses of this tool. */
    TOOL
  }

  /** {@return the decision as a sentence} */
  public String why() {
    return String.format(
        Locale.ROOT,
        "%s: leased for %.3g s while '%s' runs: a hit saves B = %.3g s (rebuild %.3g s + queue %.3g s"
            + " × η %.2f), judged by %s of %d pauses",
        pause.program().id(),
        seconds,
        pause.toolKey(),
        benefitSeconds,
        pause.rebuildSeconds(),
        queueDelaySeconds,
        memoryfulness,
        source.name().toLowerCase(Locale.ROOT).replace('_', ' '),
        samples);
  }
}
