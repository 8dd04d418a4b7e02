package io.madeleine.memory.recall;

import io.madeleine.memory.history.Erasure;
import java.time.Instant;
import java.util.List;

/**
 * What was forgotten, place by place.
 *
 * @param request what was asked for
 * @param at when
 * @param turns how many turns went
 * @param places the log, the index, and every registered {@link Eraser}; one that had failed before
 *     and now did not, once for each time
 */
public record ForgetReceipt(Erasure request, Instant at, int turns, List<Erased> places) {

  public ForgetReceipt {
    places = List.copyOf(places);
  }

  /** {@return when no byte of it is left anywhere} */
  public Instant goneBy() {
    return places.stream().map(Erased::goneBy).max(Instant::compareTo).orElse(at);
  }

  /**
   * One place.
   *
   * @param place for example {@code log}, {@code index}, {@code kv}
   * @param items how many things went; never found again from now on
   * @param what what they were
   * @param goneBy when their bytes are gone from the disk
   */
  public record Erased(String place, long items, String what, Instant goneBy) {}
}
