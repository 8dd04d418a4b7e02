package io.madeleine.server.access;

import java.io.IOException;
import java.util.Optional;

/** A body that went on past its limit. */
public final class BodyTooLargeException extends IOException {
  private static final long serialVersionUID = 1L;

  BodyTooLargeException(BodyLimit limit) {
    super(limit.refusal());
  }

  /** {@return the one that {@code failure} comes from, if it comes from one} */
  public static Optional<BodyTooLargeException> behind(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BodyTooLargeException tooLarge) {
        return Optional.of(tooLarge);
      }
    }
    return Optional.empty();
  }
}
