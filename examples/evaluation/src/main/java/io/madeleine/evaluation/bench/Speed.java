package io.madeleine.evaluation.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.List;

/**
 * How fast something went.
 *
 * @param wall tokens per second on the clock
 * @param cpu tokens per second of processor time, of all threads of the process
 */
record Speed(double wall, double cpu) {
  private static final double NANOS = 1e9;

  /** Runs {@code work}, which computes {@code tokens}, and {@return how fast that went}. */
  static Speed of(int tokens, Runnable work) {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long wall = System.nanoTime();
    work.run();
    return new Speed(
        tokens * NANOS / (System.nanoTime() - wall),
        tokens * NANOS / Math.max(1, system.getProcessCpuTime() - cpu));
  }

  /** {@return the medians of both figures} */
  static Speed median(List<Speed> speeds) {
    return new Speed(
        middle(speeds.stream().map(Speed::wall).sorted(Comparator.naturalOrder()).toList()),
        middle(speeds.stream().map(Speed::cpu).sorted(Comparator.naturalOrder()).toList()));
  }

  private static double middle(List<Double> sorted) {
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
