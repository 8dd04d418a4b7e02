package io.madeleine.memory.history;

import java.nio.file.Path;

/** Thrown when the turn log cannot read or write its files; says where, and what to do. */
public sealed class LogException extends IllegalStateException permits UnfinishedErasureException {
  private static final long serialVersionUID = 1L;

  LogException(Path where, String what, String remedy) {
    super("%s: %s. %s".formatted(where, what, remedy));
  }

  LogException(Path where, String what, String remedy, Throwable cause) {
    super("%s: %s (%s). %s".formatted(where, what, reason(cause), remedy), cause);
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }
}
