package io.madeleine.evaluation.cost;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/**
 * How long something takes that is done again and again by this thread: its CPU time, which a busy
 * machine does not change much, beside the time on the wall.
 */
final class Durations {

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final double[] cpu;
  private final double[] wall;

  private Durations(int times) {
    cpu = new double[times];
    wall = new double[times];
  }

  /** Does {@code task} unmeasured first, then {@code times} times; once at least. */
  static Durations of(int warmUp, int times, Runnable task) {
    var durations = new Durations(Math.max(1, times));
    for (int i = 0; i < warmUp; i++) {
      task.run();
    }
    for (int i = 0; i < durations.cpu.length; i++) {
      durations.measure(i, task);
    }
    Arrays.sort(durations.cpu);
    Arrays.sort(durations.wall);
    return durations;
  }

  private void measure(int i, Runnable task) {
    long wallBefore = System.nanoTime();
    long before = threads.getCurrentThreadCpuTime();
    task.run();
    cpu[i] = (threads.getCurrentThreadCpuTime() - before) / 1e6;
    wall[i] = (System.nanoTime() - wallBefore) / 1e6;
  }

  /** {@return milliseconds of CPU at {@code share} of the sorted times, 0 to 1} */
  double cpu(double share) {
    return cpu[(int) (share * (cpu.length - 1))];
  }

  /** {@return milliseconds on the wall at {@code share} of the sorted times, 0 to 1} */
  double wall(double share) {
    return wall[(int) (share * (wall.length - 1))];
  }

  void addTo(ObjectNode node) {
    node.put("cpuMillisP50", cpu(0.5));
    node.put("cpuMillisP99", cpu(0.99));
    node.put("wallMillisP50", wall(0.5));
    node.put("wallMillisP99", wall(0.99));
    node.put("wallMillisMost", wall(1));
  }
}
