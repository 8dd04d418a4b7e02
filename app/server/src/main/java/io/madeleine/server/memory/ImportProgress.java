package io.madeleine.server.memory;

import io.madeleine.memory.history.TurnLog;
import io.madeleine.server.events.EventStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells whoever imports a file, in server-sent events, how far it is: twice a second at most, and
 * at the end. A listener who went away ends the import at its next event; what was taken by then
 * stays. For one thread.
 */
final class ImportProgress {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration EVERY = Duration.ofMillis(500);

  private final EventStream listener;
  private final LongSupplier nanoClock;
  private long nextNanos;
  private int taken;

  /** Tells {@code listener}, by the system's clock. */
  ImportProgress(EventStream listener) {
    this(listener, System::nanoTime);
  }

  ImportProgress(EventStream listener, LongSupplier nanoClock) {
    this.listener = listener;
    this.nanoClock = nanoClock;
    this.nextNanos = nanoClock.getAsLong();
  }

  /**
   * Where an import stands.
   *
   * @param phase {@code reading}, {@code embedding}, {@code done} or {@code failed}
   * @param turns taken so far, safe on disk and found by their words
   * @param passedOver turns that were there already, at the end
   * @param conversation the one that is being read
   * @param waiting turns that are still to be found by their meaning
   * @param conversations all of them, at the end
   * @param detail what went wrong
   */
  private record Event(
      String phase,
      int turns,
      int passedOver,
      String conversation,
      long waiting,
      List<String> conversations,
      String detail) {}

  void read(List<TurnLog.Draft> turns) {
    taken += turns.size();
    if (isDue()) {
      String conversation = turns.getLast().conversation().id();
      tell(new Event("reading", taken, 0, conversation, 0, List.of(), ""));
    }
  }

  /**
   * @param everybodys vectors that are still to come, of all tenants
   */
  void embedding(long everybodys) {
    if (isDue()) {
      tell(new Event("embedding", taken, 0, "", Math.min(everybodys, taken), List.of(), ""));
    }
  }

  private boolean isDue() {
    long now = nanoClock.getAsLong();
    if (now - nextNanos < 0) {
      return false;
    }
    nextNanos = now + EVERY.toNanos();
    return true;
  }

  void done(int passedOver, List<String> conversations) {
    tell(new Event("done", taken, passedOver, "", 0, conversations, ""));
  }

  void failed(String why) {
    try {
      tell(new Event("failed", taken, 0, "", 0, List.of(), why));
    } catch (UncheckedIOException e) {
      // The failure is that nobody waits any more.
    }
  }

  private void tell(Event event) {
    listener.data(JSON.writeValueAsString(event));
  }
}
