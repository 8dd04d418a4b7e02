package io.madeleine.server.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ComputingTest {

  private final Computing computing = new Computing();

  @Test
  void call_fromVirtualThreads_leavesAllCarriersToOthers() throws Exception {
    int carriers = Runtime.getRuntime().availableProcessors();
    var free = new CompletableFuture<Void>();
    for (int i = 0; i < carriers; i++) {
      // As many as there are computers that never wait: on virtual threads nobody else would run.
      Thread.ofVirtual().start(() -> computing.call(() -> spin(free)));
    }
    Thread.ofVirtual().start(() -> free.complete(null));
    free.get(30, TimeUnit.SECONDS);
    assertThat(computing.call(() -> Thread.currentThread().isVirtual())).isFalse();
  }

  private static boolean spin(CompletableFuture<Void> until) {
    while (!until.isDone()) {
      Thread.onSpinWait();
    }
    return true;
  }

  @Test
  void call_thatThrows_throwsTheSame() {
    var failure = new IllegalArgumentException("no");
    assertThatThrownBy(
            () ->
                computing.call(
                    () -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThatThrownBy(
            () ->
                computing.call(
                    () -> {
                      throw new StackOverflowError();
                    }))
        .isInstanceOf(StackOverflowError.class);
  }
}
