package io.madeleine.conversation;

import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.token.ToolSpec;
import java.util.List;
import java.util.Optional;

/**
 * How to answer.
 *
 * @param sampling how tokens are chosen
 * @param maxTokens the most tokens that an answer may have, at least 1
 * @param stopTexts texts that end an answer and are no part of it
 * @param tools what the model may call; they stand in front of the prompt, so changing them means
 *     reading everything again
 * @param mask the form that the answer must have, if any; made anew for each answer
 * @param onCancel what becomes of an answer that was stopped
 */
public record TurnOptions(
    SamplingOptions sampling,
    int maxTokens,
    List<String> stopTexts,
    List<ToolSpec> tools,
    Optional<TokenMask> mask,
    OnCancel onCancel) {

  /** What becomes of an answer that was stopped half-way. */
  public enum OnCancel {
    /** The turn is part of the history, with as much of the answer as was written. */
    KEEP,
    /** The turn leaves no trace. */
    DROP
  }

  /** The likeliest tokens, up to 1,024; no tools; a stopped answer is kept as far as it went. */
  public static final TurnOptions DEFAULT =
      new TurnOptions(
          SamplingOptions.GREEDY, 1024, List.of(), List.of(), Optional.empty(), OnCancel.KEEP);

  /**
   * @throws IllegalArgumentException if {@code maxTokens} is below 1
   */
  public TurnOptions {
    if (maxTokens < 1) {
      throw new IllegalArgumentException("maxTokens must be at least 1, but was " + maxTokens);
    }
    stopTexts = List.copyOf(stopTexts);
    tools = List.copyOf(tools);
  }

  /** {@return the same with tokens chosen in another way} */
  public TurnOptions sampling(SamplingOptions other) {
    return new TurnOptions(other, maxTokens, stopTexts, tools, mask, onCancel);
  }

  /** {@return the same with another limit} */
  public TurnOptions maxTokens(int other) {
    return new TurnOptions(sampling, other, stopTexts, tools, mask, onCancel);
  }

  /** {@return the same with other tools} */
  public TurnOptions tools(List<ToolSpec> others) {
    return new TurnOptions(sampling, maxTokens, stopTexts, others, mask, onCancel);
  }

  /** {@return the same with another policy for stopped answers} */
  public TurnOptions onCancel(OnCancel other) {
    return new TurnOptions(sampling, maxTokens, stopTexts, tools, mask, other);
  }
}
