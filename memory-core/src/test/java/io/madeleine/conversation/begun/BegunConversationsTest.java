package io.madeleine.conversation.begun;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BegunConversationsTest {

  /** More than a sort by insertion takes, which never notices. */
  private static final List<Integer> MANY = IntStream.range(0, 64).boxed().toList();

  @Test
  void oldestFirst_whileOthersGoOnSpeaking_asksEachOnce() {
    var tick = new AtomicInteger();
    assertThat(BegunConversations.oldestFirst(MANY, each -> -tick.incrementAndGet()))
        .isEqualTo(MANY.reversed());
    assertThat(tick.get()).isEqualTo(MANY.size());
  }
}
