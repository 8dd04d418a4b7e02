package io.madeleine.memory.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class UpkeepTest {

  private final Upkeep upkeep = new Upkeep();

  private static IndexException noRoom() {
    return new IndexException("no room", new IOException("no space left on device"));
  }

  @Test
  void purgeWithin_oneFailsAndSomethingIsErasedAsOneEnds_isDoneAgainUntilNothingIsDue()
      throws InterruptedException {
    var due = new AtomicBoolean(true);
    var times = new AtomicInteger();
    var done = new CountDownLatch(1);
    upkeep.purgeWithin(
        Duration.ZERO,
        () -> {
          switch (times.incrementAndGet()) {
            case 1 -> throw noRoom();
            case 2 -> due.set(true);
            default -> {
              due.set(false);
              done.countDown();
            }
          }
        },
        due::get);

    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    upkeep.stop();
    assertThat(times).hasValue(3);
    assertThat(upkeep.notes()).containsExactly("a purge failed and will be tried again: no room");
  }

  @Test
  void commitEvery_oneThrowsAnError_isDoneAgain() throws InterruptedException {
    var times = new AtomicInteger();
    var again = new CountDownLatch(2);
    upkeep.commitEvery(
        Duration.ofMillis(1),
        () -> {
          again.countDown();
          if (times.incrementAndGet() == 1) {
            throw new StackOverflowError("too deep");
          }
        });

    assertThat(again.await(60, TimeUnit.SECONDS)).isTrue();
    upkeep.stop();
    assertThat(upkeep.notes())
        .containsExactly(
            "a commit failed and will be tried again: java.lang.StackOverflowError: too deep");
  }

  @Test
  void stop_whileAPurgeFails_waitsForItAndNotForTheNext() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var stopping = new CountDownLatch(1);
    var times = new AtomicInteger();
    upkeep.purgeWithin(
        Duration.ZERO,
        () -> {
          times.incrementAndGet();
          begun.countDown();
          awaitQuietly(stopping);
          throw noRoom();
        },
        () -> true);
    begun.await();
    Thread stopper = Thread.ofPlatform().start(upkeep::stop);
    while (stopper.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    stopping.countDown();
    stopper.join();

    assertThat(times).hasValue(1);
    assertThat(upkeep.notes()).noneMatch(note -> note.contains("still going on"));
  }

  @Test
  void note_twoThatTakeTurns_areToldOnce() {
    for (int i = 0; i < 1_000; i++) {
      upkeep.note("a commit failed");
      upkeep.note("opened again");
    }

    assertThat(upkeep.notes()).containsExactly("a commit failed", "opened again");
  }

  @Test
  void note_manyThatDiffer_keepsTheNewestAndCountsTheOthers() {
    for (int i = 0; i < 1_000; i++) {
      upkeep.note("opened again from sequence " + i);
    }

    assertThat(upkeep.notes())
        .hasSize(33)
        .startsWith("968 older notes are left out", "opened again from sequence 968")
        .endsWith("opened again from sequence 999");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
