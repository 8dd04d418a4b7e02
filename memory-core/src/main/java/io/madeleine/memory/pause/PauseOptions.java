package io.madeleine.memory.pause;

import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.memory.retention.RetentionPolicy.CacheTtl;
import io.madeleine.memory.retention.RetentionPolicy.Caps;
import io.madeleine.memory.retention.RetentionPolicy.ColdStart;

/**
 * How caches are leased while tools run.
 *
 * @param memory how long in memory; there, having a cache again is a reload from disk if there is a
 *     disk, and a prefill otherwise
 * @param disk how long on disk, where having it again is a prefill
 * @param leasedBytes the most that leases protect in memory, all together
 * @param givenUpSeconds a tool that takes longer is taken for hung: its program is closed
 * @param fetchMarginSeconds how much sooner than needed a cache is fetched from disk
 */
public record PauseOptions(
    RetentionPolicy memory,
    RetentionPolicy disk,
    long leasedBytes,
    double givenUpSeconds,
    double fetchMarginSeconds) {

  /** Half an hour: longer than 99 of 100 calls of real agents take (TraceLab, 216 s). */
  public static final double GIVEN_UP_SECONDS = 1_800;

  /**
   * @throws IllegalArgumentException if a bound is negative or a tool has no time at all
   */
  public PauseOptions {
    if (leasedBytes < 0 || !(givenUpSeconds > 0) || !(fetchMarginSeconds >= 0)) {
      throw new IllegalArgumentException(
          "leasedBytes and fetchMarginSeconds must be at least 0 and givenUpSeconds more, but were %,d, %s and %s"
              .formatted(leasedBytes, fetchMarginSeconds, givenUpSeconds));
    }
  }

  /**
   * {@return leases computed as Continuum does it, at most half of {@code bytes} under lease;
   * before 100 calls were seen, a cache is kept for as long as having it again takes}
   */
  public static PauseOptions within(long bytes) {
    return new PauseOptions(
        new CacheTtl(ColdStart.SKI_RENTAL, 100, Caps.MEMORY),
        new CacheTtl(ColdStart.SKI_RENTAL, 100, Caps.DISK),
        bytes / 2,
        GIVEN_UP_SECONDS,
        /* fetchMarginSeconds= */ 0.05);
  }
}
