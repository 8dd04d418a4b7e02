package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.Recalled;
import io.madeleine.memory.tier.Tier;
import java.util.EnumMap;
import java.util.Map;

/**
 * What reading and recalling took lately, in nanoseconds a token: running means, a fifth of each
 * new value. What was never measured counts as nothing, so that it is tried; what is not measured
 * for long fades, so that it is tried again. Thread-safe.
 */
final class Costs {

  private static final double NEW = 0.2;
  private static final double FADING = 0.99;

  private final Map<Tier, Double> fetching = new EnumMap<>(Tier.class);
  private double reading;
  private double placing;

  synchronized void read(int tokens, long nanos) {
    reading = mean(reading, (double) nanos / Math.max(1, tokens));
  }

  /**
   * @param nanos of the recall, fetching included
   */
  synchronized void recalled(Recalled recalled, long nanos) {
    long fetched = 0;
    for (Recalled.Piece piece : recalled.pieces()) {
      fetched += piece.nanos();
      double each = (double) piece.nanos() / Math.max(1, piece.episode().kept());
      fetching.merge(piece.from(), each, Costs::mean);
    }
    if (recalled.tokens() > 0) {
      placing = mean(placing, (double) Math.max(0, nanos - fetched) / recalled.tokens());
    }
  }

  /** {@return nanoseconds to place so many tokens from a tier} */
  synchronized double placing(Tier from, int tokens) {
    return tokens * (placing + fetching.getOrDefault(from, 0.0));
  }

  /** {@return nanoseconds to read so many tokens} */
  synchronized double reading(int tokens) {
    return tokens * reading;
  }

  /** Another turn did without placing. */
  synchronized void fade() {
    placing *= FADING;
    fetching.replaceAll((tier, nanos) -> nanos * FADING);
  }

  private static double mean(double before, double now) {
    return before == 0 ? now : (1 - NEW) * before + NEW * now;
  }
}
