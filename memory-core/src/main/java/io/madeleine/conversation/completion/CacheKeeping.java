package io.madeleine.conversation.completion;

import io.madeleine.memory.pause.PauseOptions;
import io.madeleine.memory.retention.RetentionPolicy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How the caches of answers that are over are kept for whoever goes on from them.
 *
 * @param pauses how long they are leased while tools run
 * @param disk a directory for those that leave memory, and for all when this is closed; a restart
 *     finds them again in its folder {@code parked}. Empty: they are dropped
 * @param diskBytes the most that they may take there
 * @param tending how often leases are looked after; zero for never, which is for tests
 * @param nanoClock the monotonic clock
 * @param clock tells how old a file is; older than {@link #LONGEST_ON_DISK} it is deleted at a
 *     start
 */
public record CacheKeeping(
    PauseOptions pauses,
    Optional<Path> disk,
    long diskBytes,
    Duration tending,
    LongSupplier nanoClock,
    Clock clock) {

  /** A day, as for a lease on disk: nobody comes back to a tool's result later than that. */
  public static final Duration LONGEST_ON_DISK = Duration.ofDays(1);

  private static final Duration OFTEN = Duration.ofMillis(100);

  /** In memory only, leases on at most half of it. */
  public static CacheKeeping inMemory(long kvBytes) {
    return new CacheKeeping(
        PauseOptions.within(kvBytes),
        Optional.empty(),
        1,
        OFTEN,
        System::nanoTime,
        Clock.systemUTC());
  }

  /** In memory, and below it on disk. */
  public static CacheKeeping withDisk(long kvBytes, Path directory, long diskBytes) {
    return new CacheKeeping(
        PauseOptions.within(kvBytes),
        Optional.of(directory),
        diskBytes,
        OFTEN,
        System::nanoTime,
        Clock.systemUTC());
  }

  /** {@return the same with another policy for leases in memory} */
  public CacheKeeping leasing(RetentionPolicy memory) {
    var other =
        new PauseOptions(
            memory,
            pauses.disk(),
            pauses.leasedBytes(),
            pauses.givenUpSeconds(),
            pauses.fetchMarginSeconds());
    return new CacheKeeping(other, disk, diskBytes, tending, nanoClock, clock);
  }
}
