package io.madeleine.conversation.mind;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who looks at a mind that has to be read first. That may take long and nobody can stop it: whoever
 * opens one imported conversation after another waits for the last, so that of a tenant's looks the
 * newest goes first. Thread-safe.
 */
final class Looks {

  /** A look at a conversation. */
  record Look(ConversationKey at, long number) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Tenant, List<Look>> reading = new HashMap<>(); // the newest last
  private long last;

  /** {@return a look that begins, and as yet has nothing to read; {@link #ended} must follow} */
  Look begun(ConversationKey at) {
    lock.lock();
    try {
      return new Look(at, ++last);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells that a look has to read.
   *
   * @return whether, since it first told, its tenant has begun to read another conversation
   */
  boolean isOvertaken(Look look) {
    lock.lock();
    try {
      List<Look> theirs = reading.computeIfAbsent(look.at().tenant(), tenant -> new ArrayList<>());
      if (!theirs.contains(look)) {
        theirs.add(look);
      }
      return !theirs.getLast().at().equals(look.at());
    } finally {
      lock.unlock();
    }
  }

  /** Waits until those that overtook it are over. */
  void awaitTurn(Look look) {
    lock.lock();
    try {
      while (isOvertaken(look)) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  void ended(Look look) {
    lock.lock();
    try {
      reading.computeIfPresent(
          look.at().tenant(),
          (tenant, theirs) -> theirs.remove(look) && theirs.isEmpty() ? null : theirs);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
