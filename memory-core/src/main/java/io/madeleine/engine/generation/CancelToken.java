package io.madeleine.engine.generation;

/** Lets any thread stop a generation; it takes effect before the next token. Thread-safe. */
public final class CancelToken {
  private volatile boolean cancelled;

  /** Asks for the end. */
  public void cancel() {
    cancelled = true;
  }

  /** {@return whether somebody asked for the end} */
  public boolean isCancelled() {
    return cancelled;
  }
}
