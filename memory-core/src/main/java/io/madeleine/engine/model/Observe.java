package io.madeleine.engine.model;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a step should return besides filling the cache. Each signal costs what it weighs: ask only
 * for what is used.
 *
 * @param signals what to return
 * @param window how many of the step's last tokens the window signals cover; at least 1
 */
public record Observe(Set<Signal> signals, int window) {

  /** One thing that can be observed. */
  public enum Signal {
    /** Logits after the step's last token. */
    LAST_LOGITS,
    /** Logits after every token of the step: {@code tokens × vocabulary} floats. */
    ALL_LOGITS,
    /** Surprisal of every token of the step, in nats. */
    SURPRISAL,
    /** Post-RoPE queries of the window. */
    WINDOW_QUERIES,
    /** Attention probabilities of the window, for every head and slot. */
    WINDOW_ATTENTION,
    /** The same, summed over the window. */
    SUMMED_ATTENTION,
    /** Pre-RoPE keys of all tokens of the step. */
    KEYS,
    /** The mean over the step's tokens of the normed last hidden state. */
    MEAN_HIDDEN
  }

  /**
   * @throws IllegalArgumentException if {@code window} is below 1
   */
  public Observe {
    if (window < 1) {
      throw new IllegalArgumentException("window must be at least 1 token, but was " + window);
    }
    signals = Set.copyOf(signals);
  }

  /** {@return nothing: only fill the cache} */
  public static Observe nothing() {
    return new Observe(Set.of(), 1);
  }

  /** {@return the logits after the last token} */
  public static Observe lastLogits() {
    return new Observe(Set.of(Signal.LAST_LOGITS), 1);
  }

  /** {@return these signals; windows cover one token} */
  public static Observe of(Signal first, Signal... more) {
    return new Observe(EnumSet.of(first, more), 1);
  }

  /** {@return the same signals over a window of {@code tokens}} */
  public Observe over(int tokens) {
    return new Observe(signals, tokens);
  }

  boolean wants(Signal signal) {
    return signals.contains(signal);
  }

  boolean wantsAttention() {
    return wants(Signal.WINDOW_ATTENTION) || wants(Signal.SUMMED_ATTENTION);
  }

  int windowOf(int tokens) {
    boolean any = wantsAttention() || wants(Signal.WINDOW_QUERIES);
    return any ? Math.min(window, tokens) : 0;
  }
}
