package io.madeleine.spring;

import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.memory.history.LogException;
import io.madeleine.memory.history.TurnLog;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Up as long as turns can be added; tells what opening the history found. Down, only a restart
 * helps. Does not wait for who reads or writes the history, so that it answers also while the disk
 * does not.
 */
final class MadeleineHealth implements HealthIndicator {

  private final TurnLog history;
  private final @Nullable EpisodicConversations conversations;

  MadeleineHealth(TurnLog history, @Nullable EpisodicConversations conversations) {
    this.history = history;
    this.conversations = conversations;
  }

  @Override
  public Health health() {
    LogException failure = history.failure().orElse(null);
    var health = failure == null ? Health.up() : Health.down(failure);
    health.withDetail("opened", history.report().toString());
    if (conversations != null) {
      health
          .withDetail("kvBytesInMemory", conversations.memoryBytes())
          .withDetail("kvBytesOnDisk", conversations.diskBytes());
    }
    return health.build();
  }
}
