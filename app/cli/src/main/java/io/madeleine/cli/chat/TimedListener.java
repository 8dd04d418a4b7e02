package io.madeleine.cli.chat;

import io.madeleine.conversation.mind.MindListener;
import java.time.Duration;

/** Passes everything on, and knows how long the model wrote; what it stores then is no writing. */
final class TimedListener implements MindListener {

  private final MindListener to;
  private long first;
  private long last;

  TimedListener(MindListener to) {
    this.to = to;
  }

  @Override
  public void reading(int read, int all) {
    to.reading(read, all);
  }

  @Override
  public void recalled(int episodes, int tokens) {
    to.recalled(episodes, tokens);
  }

  @Override
  public void wrote(String text) {
    last = System.nanoTime();
    first = first == 0 ? last : first;
    to.wrote(text);
  }

  /** {@return the time between its first word and its last} */
  Duration writing() {
    return Duration.ofNanos(last - first);
  }
}
