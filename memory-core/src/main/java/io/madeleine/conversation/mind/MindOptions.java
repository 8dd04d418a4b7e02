package io.madeleine.conversation.mind;

import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.memory.codec.KvCodec;
import io.madeleine.memory.tier.TierLimits;

/**
 * What conversations of any length may take, all together unless said otherwise.
 *
 * @param layout of each working cache
 * @param workingBytes of all working caches in memory
 * @param tiers of stored episodes in memory, of all tenants together
 * @param diskBytes of stored episodes on disk
 * @param open conversations whose working cache is kept; more are closed, the longest silent first
 * @param recalledTurns how many of the best turns are asked for their episodes
 * @param codec how stored episodes are written down
 * @param mode how a turn gets back what it needs
 */
public record MindOptions(
    EpisodicOptions layout,
    long workingBytes,
    TierLimits tiers,
    long diskBytes,
    int open,
    int recalledTurns,
    KvCodec codec,
    RecallMode mode) {

  /** 512 MiB of working caches, 64 MiB of episodes in memory, 2 GiB on disk, 64 open. */
  public static final MindOptions DEFAULT =
      new MindOptions(
          EpisodicOptions.DEFAULT, 512L << 20, TierLimits.within(64L << 20), 2L << 30, 64, 12);

  /**
   * {@return three quarters of the memory for working caches and a quarter for stored episodes, all
   * else as in {@link #DEFAULT}}
   *
   * @param memoryBytes of keys and values in memory, together never more
   * @param diskBytes of stored episodes on disk
   */
  public static MindOptions within(long memoryBytes, long diskBytes) {
    long episodes = memoryBytes / 4;
    return new MindOptions(
        DEFAULT.layout,
        memoryBytes - episodes,
        TierLimits.within(episodes),
        diskBytes,
        DEFAULT.open,
        DEFAULT.recalledTurns);
  }

  /**
   * Recalled as events, and written down at 8 bits, which costs no answers
   * (docs/measurements/kv.md).
   */
  public MindOptions(
      EpisodicOptions layout,
      long workingBytes,
      TierLimits tiers,
      long diskBytes,
      int open,
      int recalledTurns) {
    this(
        layout,
        workingBytes,
        tiers,
        diskBytes,
        open,
        recalledTurns,
        new KvCodec.Int8(),
        RecallMode.EVENTS);
  }

  /**
   * @throws IllegalArgumentException if a bound is below 1
   */
  public MindOptions {
    if (workingBytes < 1 || diskBytes < 1 || open < 1 || recalledTurns < 0) {
      throw new IllegalArgumentException(
          ("workingBytes, diskBytes and open must be at least 1 and recalledTurns at least 0, but were"
                  + " %,d, %,d, %d and %d")
              .formatted(workingBytes, diskBytes, open, recalledTurns));
    }
  }

  /** {@return the same with working caches laid out in another way} */
  public MindOptions layout(EpisodicOptions other) {
    return new MindOptions(other, workingBytes, tiers, diskBytes, open, recalledTurns, codec, mode);
  }

  /** {@return the same with episodes written down in another way} */
  public MindOptions codec(KvCodec other) {
    return new MindOptions(
        layout, workingBytes, tiers, diskBytes, open, recalledTurns, other, mode);
  }

  /** {@return the same with the past brought back in another way} */
  public MindOptions mode(RecallMode other) {
    return new MindOptions(
        layout, workingBytes, tiers, diskBytes, open, recalledTurns, codec, other);
  }
}
