package io.madeleine.memory.recall;

import io.madeleine.memory.history.Erasure;

/**
 * Forgets what was derived from erased turns somewhere else: KV caches, snapshots, topics. Register
 * it with {@link Memory#alsoErase}.
 */
@FunctionalInterface
public interface Eraser {

  /**
   * Erases whatever came from the turns that {@code receipt} names. If it throws, it is called with
   * the same receipt at the next {@link Memory#forget}, whatever that asks for. By then there may
   * be newer turns that its request fits; the receipt does not name them. So nothing may go by the
   * request alone that cannot be derived again, and whoever waits for a conversation at work makes
   * that call wait, whomever it forgets.
   *
   * <p>That is kept in memory only: after a crash nobody calls it for what the log has erased by
   * then, and the same request made again names no turn. Whoever keeps something on a disk can
   * write down there the {@link io.madeleine.memory.history.TurnLog#lastSequence} up to which it
   * has followed, and ask {@link io.madeleine.memory.history.TurnLog#erasedSince} at its start for
   * the turns that went after it.
   *
   * @return what went, from where, and by when its bytes are gone
   */
  ForgetReceipt.Erased erase(Erasure.Receipt receipt);
}
