package io.madeleine.memory.failure;

import java.util.ArrayList;
import java.util.List;

/** The failures of steps that are all tried. Not thread-safe. */
public final class Failures {

  private final List<Throwable> failures = new ArrayList<>();

  /** Does {@code step}; keeps what it throws. */
  public void trying(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      failures.add(e);
    }
  }

  /** Keeps what a step threw that was caught elsewhere. */
  public void add(RuntimeException failure) {
    failures.add(failure);
  }

  /**
   * Throws the first failure, the others suppressed in it; does nothing if there was none.
   *
   * @throws RuntimeException what a step threw; an {@link Error} likewise
   */
  public void throwFirst() {
    if (failures.isEmpty()) {
      return;
    }
    Throwable first = failures.removeFirst();
    failures.forEach(first::addSuppressed);
    if (first instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) first;
  }
}
