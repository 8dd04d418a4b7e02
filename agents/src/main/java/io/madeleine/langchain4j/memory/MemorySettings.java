package io.madeleine.langchain4j.memory;

import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.recall.Memory;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * What the memories of a tenant have in common.
 *
 * @param log where turns go; stays the caller's, who closes it
 * @param tenant whose memories they are
 * @param window how much a model sees
 * @param recollection finds what lies outside the window
 * @param patience how long a turn may hold up the next one of its conversation; a call whose tools
 *     take longer loses its turn to who waits, and fails
 * @param clock of the messages' times
 * @param memory over that log, which forgets what is cleared, in its index and wherever else it is
 *     told to ({@link Memory#alsoErase}); without one it is erased from the log alone, and what was
 *     derived from it (an index, keys and values) is left to whoever made that
 */
public record MemorySettings(
    TurnLog log,
    Tenant tenant,
    Window window,
    Recollection recollection,
    Duration patience,
    Clock clock,
    Optional<Memory> memory) {

  public MemorySettings {
    if (memory.isPresent() && memory.get().log() != log) {
      throw new IllegalArgumentException(
          "the memory is over another log than these settings, and would forget there: give them"
              + " its log()");
    }
  }

  /** What is cleared is erased from the log alone. */
  public MemorySettings(
      TurnLog log,
      Tenant tenant,
      Window window,
      Recollection recollection,
      Duration patience,
      Clock clock) {
    this(log, tenant, window, recollection, patience, clock, Optional.empty());
  }

  /** The last 20 turns, nothing recalled, two minutes' patience. */
  public static MemorySettings of(TurnLog log, Tenant tenant) {
    return new MemorySettings(
        log,
        tenant,
        new Window.Turns(20),
        Recollection.NONE,
        Duration.ofMinutes(2),
        Clock.systemUTC());
  }

  /** {@return the same with another window} */
  public MemorySettings with(Window other) {
    return new MemorySettings(log, tenant, other, recollection, patience, clock, memory);
  }

  /** {@return the same, with what lies outside the window recalled} */
  public MemorySettings with(Recollection other) {
    return new MemorySettings(log, tenant, window, other, patience, clock, memory);
  }

  /** {@return the same with another patience} */
  public MemorySettings with(Duration other) {
    return new MemorySettings(log, tenant, window, recollection, other, clock, memory);
  }

  /**
   * {@return the same, with what is cleared forgotten by {@code other}}
   *
   * @throws IllegalArgumentException if it is over another log
   */
  public MemorySettings with(Memory other) {
    return new MemorySettings(
        log, tenant, window, recollection, patience, clock, Optional.of(other));
  }

  /** Erases for good, wherever it is known to be. */
  void forget(Erasure request) {
    if (memory.isPresent()) {
      memory.get().forget(request);
    } else {
      log.erase(request);
    }
  }
}
