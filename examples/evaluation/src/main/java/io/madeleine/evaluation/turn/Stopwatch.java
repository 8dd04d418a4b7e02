package io.madeleine.evaluation.turn;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/** Time on the clock and of this thread's processor; medians over rounds. */
public final class Stopwatch {

  /** What some work took, in milliseconds. */
  public record Taken(double wallMs, double cpuMs) {

    Taken plus(Taken other, double times) {
      return new Taken(wallMs + times * other.wallMs, cpuMs + times * other.cpuMs);
    }
  }

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Stopwatch() {}

  /** {@return what the work took} */
  public static Taken once(Runnable work) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    long wall = System.nanoTime();
    work.run();
    return new Taken(
        (System.nanoTime() - wall) / 1e6, (THREADS.getCurrentThreadCpuTime() - cpu) / 1e6);
  }

  /** {@return the medians of so many rounds of the work} */
  public static Taken median(int rounds, Runnable work) {
    var taken = new Taken[rounds];
    Arrays.setAll(taken, i -> once(work));
    return new Taken(
        Arrays.stream(taken).mapToDouble(Taken::wallMs).sorted().toArray()[rounds / 2],
        Arrays.stream(taken).mapToDouble(Taken::cpuMs).sorted().toArray()[rounds / 2]);
  }
}
