package io.madeleine.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The team between and after its work; that it does all of it is seen in {@link KernelsTest}. */
final class WorkerPoolTest {

  private static final long PATIENCE_MILLIS = 20_000;

  private static Set<Thread> team() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("madeleine-kernel-"))
        .collect(Collectors.toSet());
  }

  /** The threads that {@code work} started. */
  private static List<Thread> startedBy(Runnable work) {
    Set<Thread> before = team();
    work.run();
    return team().stream().filter(thread -> !before.contains(thread)).toList();
  }

  private static boolean becomes(Thread thread, Thread.State state) throws InterruptedException {
    for (int waited = 0; waited < PATIENCE_MILLIS && thread.getState() != state; waited += 5) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return thread.getState() == state;
  }

  @Test
  void workers_nothingToDo_parkAndWakeAgainAndEndWhenClosed() throws Exception {
    var shares = new AtomicInteger();
    WorkerPool[] pool = new WorkerPool[1];
    List<Thread> team = startedBy(() -> pool[0] = new WorkerPool(3));
    try (WorkerPool open = pool[0]) {
      assertThat(team).hasSize(2);
      for (int i = 1; i <= 5; i++) {
        for (Thread thread : team) {
          assertThat(becomes(thread, Thread.State.WAITING)).as("parked").isTrue();
        }
        open.run((worker, workers) -> shares.incrementAndGet());
        assertThat(shares).hasValue(3 * i);
      }
    }
    for (Thread thread : team) {
      assertThat(becomes(thread, Thread.State.TERMINATED)).as("ended").isTrue();
    }
  }

  @Test
  void run_ofALittle_staysOnTheCaller() {
    try (var pool = new WorkerPool(3)) {
      var shares = new AtomicInteger();
      pool.run(
          1_000,
          (worker, workers) -> {
            assertThat(workers).isOne();
            shares.incrementAndGet();
          });
      assertThat(shares).hasValue(1);
    }
  }

  @Test
  void run_afterClosing_isRefused() {
    var pool = new WorkerPool(2);
    pool.close();
    pool.close();
    assertThatThrownBy(() -> pool.run((worker, workers) -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> new WorkerPool(0)).hasMessageContaining("at least 1 thread");
  }
}
