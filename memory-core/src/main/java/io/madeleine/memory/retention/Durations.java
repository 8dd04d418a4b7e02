package io.madeleine.memory.retention;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The last durations of one tool, and what they say about the next one. Not thread-safe.
 *
 * <p>A call that was given up on is a right-censored sample: the tool took at least that long. The
 * distribution is the product-limit estimate (Kaplan and Meier, 1958), which is the empirical
 * distribution where nothing is censored.
 */
final class Durations {

  /**
   * One observation.
   *
   * @param seconds how long it took, or how long was waited
   * @param returned false for a call that was given up on
   */
  record Sample(double seconds, boolean returned) {}

  /**
   * One step of the distribution.
   *
   * @param seconds a duration that was observed
   * @param returnedBy probability that a call has returned by then
   * @param meanWait expected seconds of waiting when one waits until then at most
   */
  record Step(double seconds, double returnedBy, double meanWait) {}

  private final int capacity;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();
  private List<Step> steps = List.of();
  private boolean stale;

  Durations(int capacity) {
    this.capacity = capacity;
  }

  void add(Sample sample) {
    if (samples.size() == capacity) {
      samples.removeFirst();
    }
    samples.addLast(sample);
    stale = true;
  }

  /** {@return at most {@code most} samples, the newest, oldest first} */
  List<Sample> newest(int most) {
    return samples.stream().skip(Math.max(0, samples.size() - most)).toList();
  }

  int count() {
    return samples.size();
  }

  /** {@return the distribution's steps by rising duration; empty without a call that returned} */
  List<Step> steps() {
    if (stale) {
      steps = productLimit();
      stale = false;
    }
    return steps;
  }

  private List<Step> productLimit() {
    var sorted = new ArrayList<>(samples);
    // At equal times a return counts before a censored call, which was still at risk then.
    sorted.sort(
        (a, b) ->
            a.seconds() != b.seconds()
                ? Double.compare(a.seconds(), b.seconds())
                : Boolean.compare(b.returned(), a.returned()));
    var result = new ArrayList<Step>();
    double survival = 1;
    double waited = 0;
    double before = 0;
    for (int i = 0; i < sorted.size(); ) {
      double at = sorted.get(i).seconds();
      int atRisk = sorted.size() - i;
      int returned = 0;
      for (; i < sorted.size() && sorted.get(i).seconds() == at; i++) {
        returned += sorted.get(i).returned() ? 1 : 0;
      }
      waited += survival * (at - before);
      before = at;
      if (returned > 0) {
        survival *= 1 - (double) returned / atRisk;
        result.add(new Step(at, 1 - survival, waited));
      }
    }
    return List.copyOf(result);
  }
}
