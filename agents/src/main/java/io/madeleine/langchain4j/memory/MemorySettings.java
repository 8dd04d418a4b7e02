package io.madeleine.langchain4j.memory;

import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import java.time.Clock;
import java.time.Duration;

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
 */
public record MemorySettings(
    TurnLog log,
    Tenant tenant,
    Window window,
    Recollection recollection,
    Duration patience,
    Clock clock) {

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
    return new MemorySettings(log, tenant, other, recollection, patience, clock);
  }

  /** {@return the same, with what lies outside the window recalled} */
  public MemorySettings with(Recollection other) {
    return new MemorySettings(log, tenant, window, other, patience, clock);
  }

  /** {@return the same with another patience} */
  public MemorySettings with(Duration other) {
    return new MemorySettings(log, tenant, window, recollection, other, clock);
  }
}
