package io.madeleine.cli.chat;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Terminal;

/** A line that turns while the model reads, and is gone when it writes. Any thread. */
final class ReadingLine implements AutoCloseable {

  private static final String[] FRAMES = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  private static final int TICK_MILLIS = 100;

  private final Terminal terminal;
  private final long began = System.nanoTime();
  private final ScheduledExecutorService ticker =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
  private int frame;
  private int done;
  private int total;
  private int episodes;
  private boolean closed;

  ReadingLine(Terminal terminal) {
    this.terminal = terminal;
    var unused =
        ticker.scheduleAtFixedRate(this::draw, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  synchronized void at(int tokensDone, int tokensTotal) {
    done = tokensDone;
    total = tokensTotal;
  }

  synchronized void recalled(int count) {
    episodes = count;
  }

  private synchronized void draw() {
    if (closed) {
      return;
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    String progress =
        total == 0
            ? ""
            : " %,d of %,d tokens · %.0f tokens/s".formatted(done, total, done / seconds);
    String back = episodes == 0 ? "" : " · %,d episodes came back".formatted(episodes);
    clear();
    terminal.writer().print(FRAMES[frame++ % FRAMES.length] + " reading" + progress + back);
    terminal.flush();
  }

  private void clear() {
    terminal.writer().print("\r\u001b[K");
  }

  /** Makes it vanish; it does not come back. */
  synchronized void hide() {
    if (!closed) {
      closed = true;
      ticker.shutdownNow();
      clear();
      terminal.flush();
    }
  }

  @Override
  public void close() {
    hide();
  }
}
