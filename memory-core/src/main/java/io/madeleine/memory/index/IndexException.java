package io.madeleine.memory.index;

/** The index could not be written or read. The log is untouched, and the index follows from it. */
public final class IndexException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  IndexException(String message, Throwable cause) {
    super(message, cause);
  }
}
