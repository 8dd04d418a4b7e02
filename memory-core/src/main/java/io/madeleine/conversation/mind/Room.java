package io.madeleine.conversation.mind;

import io.madeleine.conversation.begun.BegunConversations;
import io.madeleine.conversation.episodic.Givers;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.pause.ToolPauses;
import java.util.List;
import java.util.Optional;

/**
 * The memory of all working caches. Who speaks needs some of it, and who is silent gives it: those
 * that were silent longest first, and those whose cache is leased while a tool runs only after
 * them, the latest arrived first. Thread-safe; waits for no turn.
 */
final class Room {

  private final BegunConversations<EpisodicConversation> conversations;
  private final ToolPauses pauses;
  private final PagePool pool;
  private final int open;
  private final int contextLength;

  /**
   * @param open conversations whose working cache is kept
   * @param contextLength positions that a working cache can have
   */
  Room(
      BegunConversations<EpisodicConversation> conversations,
      ToolPauses pauses,
      PagePool pool,
      int open,
      int contextLength) {
    this.conversations = conversations;
    this.pauses = pauses;
    this.pool = pool;
    this.open = open;
    this.contextLength = contextLength;
  }

  /** Before a conversation opens: no more than {@code open} are, and half of the memory is free. */
  void forOpening(ConversationKey speaking) {
    expire(speaking);
    boolean given = true;
    while (given && isFull(speaking)) {
      given = releaseSilent(speaking) || takeBack(speaking);
    }
  }

  private boolean isFull(ConversationKey speaking) {
    long others = conversations.all().stream().filter(each -> isOther(each, speaking)).count();
    return others >= open || pool.usedBytes() > pool.byteBudget() / 2;
  }

  /**
   * Before a turn of an open conversation: as much is free as its working cache can still grow by,
   * or half of all memory where that is less. Leases are left alone, for it may never grow so far.
   */
  void forTurn(ConversationKey speaking, KvCache working) {
    long most = working.shape().bytes(contextLength, working.type());
    long growth = Math.clamp(most - working.bytes(), 0, pool.byteBudget() / 2);
    boolean given = true;
    while (given && pool.usedBytes() > pool.byteBudget() - growth) {
      given = releaseSilent(speaking);
    }
  }

  /** {@return the silent conversations, who give their memory to a step that lacks it} */
  Givers giversTo(ConversationKey speaking) {
    return () -> releaseSilent(speaking) || takeBack(speaking);
  }

  /** {@return whether one that is silent and not leased had memory, and gave it} */
  private boolean releaseSilent(ConversationKey speaking) {
    expire(speaking);
    List<EpisodicConversation> silent =
        conversations.all().stream()
            .filter(each -> isOther(each, speaking) && !pauses.leased(each.key()))
            .toList();
    return BegunConversations.oldestFirst(silent, EpisodicConversation::lastUsed).stream()
        .anyMatch(EpisodicConversation::release);
  }

  /** {@return whether one that was leased had memory, and gave it} */
  private boolean takeBack(ConversationKey speaking) {
    for (List<ConversationKey> latest = pauses.takeBack(1);
        !latest.isEmpty();
        latest = pauses.takeBack(1)) {
      if (release(latest.getFirst(), speaking)) {
        return true;
      }
    }
    return false;
  }

  /** Leases that are over protect nothing; a tool that hangs is not waited for. */
  private void expire(ConversationKey speaking) {
    pauses.toMoveDown();
    pauses.toGiveUp().forEach(hung -> release(hung, speaking));
  }

  /** {@return whether it had memory, and gave it; who speaks keeps it} */
  private boolean release(ConversationKey key, ConversationKey speaking) {
    Optional<EpisodicConversation> other =
        conversations.find(key).filter(each -> isOther(each, speaking));
    return other.isPresent() && other.get().release();
  }

  private static boolean isOther(EpisodicConversation each, ConversationKey speaking) {
    return each.isResident() && !each.key().equals(speaking);
  }
}
