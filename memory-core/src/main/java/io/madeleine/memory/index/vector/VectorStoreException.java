package io.madeleine.memory.index.vector;

/** A store could not be opened, read or written. */
public final class VectorStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  VectorStoreException(String message) {
    super(message);
  }

  VectorStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
