package io.madeleine.memory.index;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class VectorQueueTest {

  @Test
  void refuse_moreThanTheQueueRemembers_leavesTheFirstToTheIndex() {
    var queue = new VectorQueue(1 << 20);
    for (long turn = 0; turn < VectorQueue.MOST_REFUSED; turn++) {
      queue.refuse(turn);
    }
    assertThat(queue.takeOverflow()).isFalse();

    queue.refuse(VectorQueue.MOST_REFUSED);

    assertThat(queue.refused()).hasSize(VectorQueue.MOST_REFUSED).doesNotContain(0L);
    assertThat(queue.takeOverflow()).isTrue();
  }
}
