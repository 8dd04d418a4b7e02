package io.madeleine.cli.model;

import java.io.IOException;

/** Thrown where trying again would not help. */
final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message);
  }
}
