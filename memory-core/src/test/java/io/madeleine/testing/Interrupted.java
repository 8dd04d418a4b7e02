package io.madeleine.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;

/** Work on a thread that was told to stop, and goes on with what it has to finish. */
public final class Interrupted {
  private Interrupted() {}

  /** {@return what {@code work} returns; the thread must be interrupted still when it is done} */
  public static <T> T during(Callable<T> work) throws Exception {
    Thread.currentThread().interrupt();
    try {
      T result = work.call();
      assertThat(Thread.currentThread().isInterrupted()).as("interrupted").isTrue();
      return result;
    } finally {
      boolean unused = Thread.interrupted(); // the next test is none of its business
    }
  }
}
