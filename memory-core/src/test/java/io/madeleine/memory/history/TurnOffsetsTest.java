package io.madeleine.memory.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.ConversationKey;
import org.junit.jupiter.api.Test;

final class TurnOffsetsTest {

  private static final ConversationKey TEA = ConversationKey.of("ann", "tea");

  @Test
  void moved_whatIsNotHeld_movesNobodyElse() {
    var offsets = new TurnOffsets();
    offsets.add(TEA, 1, 0, 100);
    offsets.add(TEA, 3, 1, 300);

    offsets.moved(2, 200);
    offsets.moved(4, 400);
    offsets.moved(1, 150);

    assertThat(offsets.position(1)).isEqualTo(150);
    assertThat(offsets.position(3)).isEqualTo(300);
    assertThat(offsets.holds(2)).isFalse();
  }
}
