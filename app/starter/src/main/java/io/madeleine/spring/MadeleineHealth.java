package io.madeleine.spring;

import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.memory.history.TurnLog;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up as long as the history can be read; tells what opening it found. */
final class MadeleineHealth implements HealthIndicator {

  private final TurnLog history;
  private final @Nullable EpisodicConversations conversations;

  MadeleineHealth(TurnLog history, @Nullable EpisodicConversations conversations) {
    this.history = history;
    this.conversations = conversations;
  }

  @Override
  public Health health() {
    var health =
        Health.up()
            .withDetail("lastSequence", history.lastSequence())
            .withDetail("tenants", history.tenants().size())
            .withDetail("opened", history.report().toString());
    if (conversations != null) {
      health
          .withDetail("kvBytesInMemory", conversations.memoryBytes())
          .withDetail("kvBytesOnDisk", conversations.diskBytes());
    }
    return health.build();
  }
}
