package io.madeleine.memory.history;

import java.nio.file.Path;

/**
 * Thrown when erased turns are hidden from every reader, for good, but bytes of some are still in a
 * file that could not be written anew. The next erasure tries that again, and so does opening the
 * log.
 */
public final class UnfinishedErasureException extends LogException {
  private static final long serialVersionUID = 1L;

  private final transient Erasure.Receipt receipt;

  UnfinishedErasureException(Path where, Erasure.Receipt receipt, Throwable cause) {
    super(
        where,
        "erased turns are hidden, but some of their bytes are still on the disk",
        "Make room on the disk, then erase again or open the log again: either finishes it",
        cause);
    this.receipt = receipt;
  }

  /** {@return what this erasure took, for whatever was derived from it; not that its bytes went} */
  public Erasure.Receipt receipt() {
    return receipt;
  }
}
