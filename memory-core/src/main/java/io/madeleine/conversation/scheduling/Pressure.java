package io.madeleine.conversation.scheduling;

/** Somebody who can give memory back when a running job needs it. */
@FunctionalInterface
public interface Pressure {

  /** Nobody can. */
  Pressure NONE = () -> false;

  /** {@return whether pages were given back} Called on the model's thread. */
  boolean relieve();
}
