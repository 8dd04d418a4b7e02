package io.madeleine.memory.retention;

import java.util.ArrayDeque;

/**
 * What Continuum needs to know of the load: {@code T}, the mean queue delay of the last {@value
 * #DELAYS} requests whose cache was gone, and {@code η}, the memoryfulness of the last {@value
 * #PROGRAMS} finished programs.
 *
 * <p>{@code η = −corr(k, N − k)} over the pairs of turns served {@code k} and turns left {@code N −
 * k}: 1 when every program has the same length, 0 when length is memoryless, below 0 for heavy
 * tails. The paper leaves the windows open; these are ours. Where all programs have one length and
 * one turn there are no pairs, and η is 1, as at the cold start.
 *
 * <p>Thread-safe.
 */
public final class LoadEstimate {

  /** Queue delays that T is the mean of. */
  public static final int DELAYS = 256;

  /** Programs that η is estimated from. */
  public static final int PROGRAMS = 256;

  private final ArrayDeque<Double> delays = new ArrayDeque<>();
  private final ArrayDeque<Integer> lengths = new ArrayDeque<>();
  private double delaySum;

  /** A request whose cache was gone waited {@code seconds} for its turn. */
  public synchronized void queued(double seconds) {
    if (!(seconds >= 0) || Double.isInfinite(seconds)) {
      throw new IllegalArgumentException(
          "a queue delay must be finite and at least 0 s, but was " + seconds);
    }
    if (delays.size() == DELAYS) {
      delaySum -= delays.removeFirst();
    }
    delays.addLast(seconds);
    delaySum += seconds;
  }

  /** A program ended after {@code turns} turns. */
  public synchronized void finished(int turns) {
    if (turns < 1) {
      throw new IllegalArgumentException("a program has at least 1 turn, but had " + turns);
    }
    if (lengths.size() == PROGRAMS) {
      lengths.removeFirst();
    }
    lengths.addLast(turns);
  }

  /** {@return T in seconds; 0 before the first delay} */
  public synchronized double queueDelaySeconds() {
    return delays.isEmpty() ? 0 : Math.max(0, delaySum / delays.size());
  }

  /** {@return η, between −1 and 1} */
  public synchronized double memoryfulness() {
    double n = 0;
    double sumServed = 0;
    double sumLeft = 0;
    double squaresServed = 0;
    double squaresLeft = 0;
    double products = 0;
    for (int length : lengths) {
      for (int served = 1; served < length; served++) {
        double left = length - served;
        n++;
        sumServed += served;
        sumLeft += left;
        squaresServed += (double) served * served;
        squaresLeft += left * left;
        products += served * left;
      }
    }
    double spreadServed = n * squaresServed - sumServed * sumServed;
    double spreadLeft = n * squaresLeft - sumLeft * sumLeft;
    if (spreadServed <= 0 || spreadLeft <= 0) {
      return 1;
    }
    double correlation =
        (n * products - sumServed * sumLeft) / Math.sqrt(spreadServed * spreadLeft);
    return -correlation;
  }
}
