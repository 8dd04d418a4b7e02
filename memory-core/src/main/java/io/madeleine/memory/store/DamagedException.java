package io.madeleine.memory.store;

import java.io.IOException;

/**
 * Bytes were read, and they are not those that were written, or nobody has their key any more. To
 * read them again brings the same; any other {@link IOException} may pass.
 */
public final class DamagedException extends IOException {

  private static final long serialVersionUID = 1;

  /** {@code problem} is what is wrong with them. */
  public DamagedException(String problem) {
    super(problem);
  }

  /** {@code problem} is what is wrong with them, as {@code cause} tells. */
  public DamagedException(String problem, Throwable cause) {
    super(problem, cause);
  }
}
