package io.madeleine.memory.surprise;

import io.madeleine.engine.token.TokenSpan;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a token stream where the model was surprised: token {@code t} opens a new event when its
 * surprisal exceeds {@code μ + γσ} over the {@code window} known surprises before it. The window
 * never contains the token that is judged.
 *
 * <p>Source: Fountas et al., <a href="https://arxiv.org/abs/2407.09450">EM-LLM</a>, 2024; {@code
 * gamma} is γ, {@code minimumLength} and {@code maximumLength} their smallest and largest block.
 * Two deviations: their code takes the window once per chunk of 512 tokens and stores the surprise
 * one place early, so that a block starts a token before the surprising one; here the window slides
 * with every token, and the surprising token is the first of its event.
 *
 * @param gamma how many deviations above ordinary; EM-LLM uses 1 to 2
 * @param window known surprises that make up "ordinary", at least 2
 * @param minimumLength tokens that an event has at least, except the last one
 * @param maximumLength tokens after which an event ends whatever happens
 * @param spread how ordinary is measured
 */
public record SurpriseSegmenter(
    double gamma, int window, int minimumLength, int maximumLength, Spread spread) {

  /** Fewer known surprises than this say nothing about what is ordinary. */
  private static final int LEAST_EVIDENCE = 8;

  /** γ = 1, window 512, events of 8 to 128 tokens, mean and deviation: EM-LLM's usual setting. */
  public static final SurpriseSegmenter EM_LLM =
      new SurpriseSegmenter(1.0, 512, 8, 128, Spread.MEAN_AND_DEVIATION);

  /**
   * @throws IllegalArgumentException if the window is below 2 or the lengths cannot both hold
   */
  public SurpriseSegmenter {
    if (window < 2) {
      throw new IllegalArgumentException(
          "window must be at least 2, or there is no deviation, but was " + window);
    }
    if (minimumLength < 1 || maximumLength < minimumLength) {
      throw new IllegalArgumentException(
          "lengths need 1 <= minimum <= maximum, but were %d and %d"
              .formatted(minimumLength, maximumLength));
    }
  }

  /** {@return the same with events of at most so many tokens} */
  public SurpriseSegmenter upTo(int longest) {
    return new SurpriseSegmenter(gamma, window, minimumLength, longest, spread);
  }

  /** {@return the events of {@code surprisal}, in order and without gaps} */
  public List<TokenSpan> segment(Surprisal surprisal) {
    List<TokenSpan> events = new ArrayList<>();
    var before = new SurpriseWindow(window);
    int start = 0;
    for (int token = 0; token < surprisal.length(); token++) {
      int length = token - start;
      boolean turns = length >= minimumLength && surprising(surprisal.at(token), before);
      if (turns || length == maximumLength) {
        events.add(new TokenSpan(start, token));
        start = token;
      }
      before.add(surprisal.at(token));
    }
    if (surprisal.length() > start) {
      events.add(new TokenSpan(start, surprisal.length()));
    }
    return events;
  }

  private boolean surprising(float nats, SurpriseWindow before) {
    return before.size() >= Math.min(window, LEAST_EVIDENCE)
        && nats > spread.threshold(before.values(), gamma);
  }
}
