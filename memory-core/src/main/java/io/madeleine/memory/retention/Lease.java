package io.madeleine.memory.retention;

/**
 * A cache that is protected until a deadline. Soft: it can be taken back at any time.
 *
 * @param decision why it was granted
 * @param programArrival place of the program in the order of arrival; smaller came earlier
 * @param grantedNanos when, on the monotonic clock
 * @param deadlineNanos protected up to and including this instant of the monotonic clock
 */
public record Lease(
    TtlDecision decision, long programArrival, long grantedNanos, long deadlineNanos) {

  /** {@return seconds that are left at {@code nowNanos}; 0 when it is over} */
  public double secondsLeft(long nowNanos) {
    return Math.max(0, (deadlineNanos - nowNanos) / 1e9);
  }
}
