package io.madeleine.memory.surprise;

import java.util.Arrays;

/** The last so many known surprises, oldest overwritten first. */
final class SurpriseWindow {

  private final double[] ring;
  private int next;
  private int size;

  SurpriseWindow(int capacity) {
    ring = new double[capacity];
  }

  void add(float nats) {
    if (Float.isNaN(nats)) {
      return;
    }
    ring[next] = nats;
    next = (next + 1) % ring.length;
    size = Math.min(size + 1, ring.length);
  }

  int size() {
    return size;
  }

  /** {@return a copy, in no order: neither a mean nor a median needs one} */
  double[] values() {
    return Arrays.copyOf(ring, size);
  }
}
