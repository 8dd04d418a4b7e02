package io.madeleine.server.access;

import java.io.IOException;

/** A body that went on past its limit. */
public final class BodyTooLargeException extends IOException {
  private static final long serialVersionUID = 1L;

  BodyTooLargeException(long limit) {
    super("the body has more than the %,d bytes that are allowed".formatted(limit));
  }
}
