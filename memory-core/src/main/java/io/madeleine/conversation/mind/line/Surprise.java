package io.madeleine.conversation.mind.line;

/** How much a token surprised the model. */
public final class Surprise {

  private Surprise() {}

  /** {@return −ln p(token) in nats, from the logits before it} */
  public static float of(float[] logits, int token) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return (float) (largest + Math.log(sum) - logits[token]);
  }
}
