package io.madeleine.conversation.scheduling;

import java.time.Duration;

/** Thrown when there is no room for one more job: neither to run nor to wait. */
public final class OverloadedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  OverloadedException(String why, Duration retryAfter) {
    super("%s; try again in about %d s".formatted(why, Math.max(1, retryAfter.toSeconds())));
    this.retryAfter = retryAfter;
  }

  /** {@return when it is worth trying again} */
  public Duration retryAfter() {
    return retryAfter;
  }
}
