package io.madeleine.engine.model;

import io.madeleine.engine.model.Observe.Signal;

/**
 * What one step let one see. Each method throws {@link IllegalStateException} if its signal was not
 * asked for. Arrays belong to the caller.
 */
public final class Forward {

  private final Observe observe;
  private final int tokens;
  private final int window;
  float[] logits = {};
  float[][] allLogits = {};
  float[] surprisal = {};
  float[][][] queries = {};
  float[][][][] attention = {};
  float[][][] summedAttention = {};
  float[][][] keys = {};
  float[] meanHidden = {};

  Forward(Observe observe, int tokens) {
    this.observe = observe;
    this.tokens = tokens;
    this.window = observe.windowOf(tokens);
  }

  /** {@return how many tokens the step had} */
  public int tokens() {
    return tokens;
  }

  /** {@return how many of its last tokens the window signals cover; 0 if none was asked for} */
  public int window() {
    return window;
  }

  /** {@return logits after the last token, {@code [vocabulary]}} */
  public float[] logits() {
    if (observe.wants(Signal.ALL_LOGITS)) {
      return allLogits[tokens - 1];
    }
    return asked(Signal.LAST_LOGITS, logits);
  }

  /** {@return logits after every token, {@code [tokens][vocabulary]}} */
  public float[][] allLogits() {
    return asked(Signal.ALL_LOGITS, allLogits);
  }

  /**
   * {@return −ln p(token ∣ all before it) in nats, {@code [tokens]}} Element 0 is 0: what came
   * before the step's first token was seen by another step; {@link #surprisalOf} of that step's
   * {@code Forward} gives the value.
   */
  public float[] surprisal() {
    return asked(Signal.SURPRISAL, surprisal);
  }

  /** {@return −ln p(token ∣ the step and all before it) in nats; needs {@link #logits}} */
  public float surprisalOf(int token) {
    float[] last = logits();
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : last) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (float logit : last) {
      sum += Math.exp(logit - largest);
    }
    return (float) (largest + Math.log(sum) - last[token]);
  }

  /** {@return post-RoPE queries of the window, {@code [layer][head][window × headDim]}} */
  public float[][][] windowQueries() {
    return asked(Signal.WINDOW_QUERIES, queries);
  }

  /**
   * {@return attention probabilities of the window, {@code [layer][head][window][slots]}; slots are
   * those of the cache after the step, each head's own}
   */
  public float[][][][] windowAttention() {
    return asked(Signal.WINDOW_ATTENTION, attention);
  }

  /** {@return attention probabilities summed over the window, {@code [layer][head][slots]}} */
  public float[][][] summedAttention() {
    return asked(Signal.SUMMED_ATTENTION, summedAttention);
  }

  /**
   * {@return pre-RoPE keys of the step's tokens, {@code [layer][kvHead][tokens × headDim]}; after
   * the QK-norm in models that have one}
   */
  public float[][][] keys() {
    return asked(Signal.KEYS, keys);
  }

  /** {@return mean over the step's tokens of the normed last hidden state} */
  public float[] meanHidden() {
    return asked(Signal.MEAN_HIDDEN, meanHidden);
  }

  private <T> T asked(Signal signal, T value) {
    if (!observe.wants(signal)) {
      throw new IllegalStateException(
          "%s was not observed: ask for it with Observe.of(Signal.%s)".formatted(signal, signal));
    }
    return value;
  }
}
