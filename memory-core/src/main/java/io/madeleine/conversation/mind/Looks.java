package io.madeleine.conversation.mind;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who looks at a mind that has to be read first. That may take long and nobody can stop it: whoever
 * opens one imported conversation after another waits for the last, so that of a tenant's looks the
 * newest goes first. One that does not read, since somebody speaks there, keeps nobody waiting.
 * Thread-safe.
 */
final class Looks {

  /**
   * A look at a conversation.
   *
   * @param number of a newer one is greater
   */
  record Look(ConversationKey at, long number) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Tenant, List<Look>> reading = new HashMap<>();
  private long last;

  /** {@return a look that begins, and as yet has nothing to read; {@link #left} must follow} */
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
   * @return whether the newest of its tenant's that read is at another conversation
   */
  boolean isOvertaken(Look look) {
    lock.lock();
    try {
      List<Look> theirs = reading.computeIfAbsent(look.at().tenant(), tenant -> new ArrayList<>());
      if (!theirs.contains(look)) {
        theirs.add(look);
      }
      return isAfter(theirs, look);
    } finally {
      lock.unlock();
    }
  }

  private static boolean isAfter(List<Look> reading, Look look) {
    return reading.stream()
        .max(Comparator.comparingLong(Look::number))
        .filter(newest -> newest.number() > look.number() && !newest.at().equals(look.at()))
        .isPresent();
  }

  /** Waits until those that overtook it are over, or do not read. */
  void awaitTurn(Look look) {
    lock.lock();
    try {
      while (isAfter(reading.getOrDefault(look.at().tenant(), List.of()), look)) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Tells that a look is over, or cannot read until it tells again that it has to. */
  void left(Look look) {
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
