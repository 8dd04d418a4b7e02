package io.madeleine.engine.kv;

import java.io.IOException;

/**
 * Bytes that are no whole, undamaged snapshot of a cache: set them aside and prefill again. The
 * message says what is wrong with it.
 */
public final class KvSnapshotException extends IOException {

  private static final long serialVersionUID = 1L;

  KvSnapshotException(String problem) {
    super(problem);
  }
}
