package io.madeleine.conversation.mind;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import java.util.List;
import java.util.Optional;

/**
 * How to answer; where an answer ends is the model's own business.
 *
 * @param sampling how tokens are chosen
 * @param maxTokens the most tokens that an answer may have, at least 1
 */
public record AnswerOptions(SamplingOptions sampling, int maxTokens) {

  /** The likeliest tokens, up to 1,024. */
  public static final AnswerOptions DEFAULT = new AnswerOptions(SamplingOptions.GREEDY, 1024);

  /**
   * @throws IllegalArgumentException if {@code maxTokens} is below 1
   */
  public AnswerOptions {
    if (maxTokens < 1) {
      throw new IllegalArgumentException("maxTokens must be at least 1, but was " + maxTokens);
    }
  }

  /** {@return the same with tokens chosen in another way} */
  public AnswerOptions sampling(SamplingOptions other) {
    return new AnswerOptions(other, maxTokens);
  }

  /** {@return the same with another limit} */
  public AnswerOptions maxTokens(int other) {
    return new AnswerOptions(sampling, other);
  }

  GenerationOptions by(ReadyModel model) {
    return new GenerationOptions(
        sampling,
        new StopRule(model.stopIds(), List.of(), maxTokens),
        Optional.empty(),
        -1,
        model.spoken(List.of()),
        model.never(List.of()));
  }
}
