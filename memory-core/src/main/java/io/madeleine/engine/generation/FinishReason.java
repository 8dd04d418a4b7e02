package io.madeleine.engine.generation;

/** Why an answer ended. */
public enum FinishReason {
  /** The model said so, with one of the stop ids. */
  END,
  /** A stop text came. */
  STOP_TEXT,
  /** The most tokens were reached. */
  LENGTH,
  /** Somebody cancelled. */
  CANCELLED
}
