package io.madeleine.memory.tier;

/** Where a span was found. */
public enum Tier {
  /** As numbers in memory. */
  HOT,
  /** As bytes in memory. */
  WARM,
  /** In a file. */
  COLD,
  /** Nowhere: it was computed again. */
  REBUILT
}
