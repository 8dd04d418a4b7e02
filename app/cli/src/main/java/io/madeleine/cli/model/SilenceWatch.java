package io.madeleine.cli.model;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Closes a stream from which nothing came for one to two times as long as it may be silent, so that
 * whoever reads it hears of it.
 */
final class SilenceWatch implements AutoCloseable {

  private final InputStream stream;
  private final AtomicBoolean heard = new AtomicBoolean(true);
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());

  SilenceWatch(InputStream stream, Duration silence) {
    this.stream = stream;
    long millis = silence.toMillis();
    var unused = clock.scheduleAtFixedRate(this::look, millis, millis, TimeUnit.MILLISECONDS);
  }

  /** Something came. */
  void heard() {
    heard.set(true);
  }

  private void look() {
    if (heard.getAndSet(false)) {
      return;
    }
    try {
      stream.close();
    } catch (IOException e) {
      // It is of no use any more, open or closed.
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
