package io.madeleine.memory.store;

import java.io.IOException;

/**
 * A stored span cannot be used: it is damaged, or was made by another model, for another tenant or
 * by another version. Nothing is lost but time: the span can be rebuilt from the turn log.
 */
public final class StoreException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** {@code what} is wrong with the span of {@code id}. */
  public StoreException(SpanId id, String what) {
    super("span %s: %s; it will be rebuilt from the log".formatted(id.hex(), what));
  }

  /** {@code what} cannot be done. */
  StoreException(String what) {
    super(what);
  }

  /** {@code what} could not be done, because of {@code cause}. */
  public StoreException(String what, Throwable cause) {
    super(what, cause);
  }

  /**
   * {@return whether the disk failed, and not what was read is wrong} What is there may be read the
   * next time, so nobody should delete it.
   */
  public boolean isPassing() {
    return getCause() instanceof IOException;
  }
}
