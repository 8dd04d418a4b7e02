package io.madeleine.memory.recall;

import io.madeleine.memory.history.Erasure;

/**
 * Forgets what was derived from erased turns somewhere else: KV caches, snapshots, topics. Register
 * it with {@link Memory#alsoErase}.
 */
@FunctionalInterface
public interface Eraser {

  /**
   * Erases whatever came from the turns that {@code receipt} names. It may be called again for the
   * same turns, after a crash.
   *
   * @return what went, from where, and by when its bytes are gone
   */
  ForgetReceipt.Erased erase(Erasure.Receipt receipt);
}
