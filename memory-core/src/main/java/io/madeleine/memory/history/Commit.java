package io.madeleine.memory.history;

import io.madeleine.memory.identity.ConversationKey;
import org.jspecify.annotations.Nullable;

/** A turn on its way to the disk. Its outcome is written by the thread that holds the lock. */
final class Commit {

  final ConversationKey key;
  final byte[] body;
  @Nullable LogException failure;
  boolean done;
  long sequence;
  int index;
  long position;
  private @Nullable Commit before;

  Commit(ConversationKey key, byte[] body) {
    this.key = key;
    this.body = body;
  }

  /** Says what it was handed in behind: a history has no gaps. */
  void comesBehind(Commit other) {
    before = other;
  }

  /** {@return why what it was to come behind failed} */
  @Nullable LogException failureBefore() {
    return before == null ? null : before.failure;
  }
}
