package io.madeleine.engine.generation;

import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * How to generate one answer.
 *
 * @param sampling how a token is chosen
 * @param stop when to stop
 * @param mask the form that the answer must have, if any
 * @param topChances how many of the likeliest tokens to report at every step; −1 reports none, 0
 *     the chosen one alone
 * @param spoken control tokens whose text is part of the answer, such as those that open tool calls
 */
public record GenerationOptions(
    SamplingOptions sampling,
    StopRule stop,
    Optional<TokenMask> mask,
    int topChances,
    IntPredicate spoken) {

  /**
   * @throws IllegalArgumentException if {@code topChances} is below −1 or above 100
   */
  public GenerationOptions {
    if (topChances < -1 || topChances > 100) {
      throw new IllegalArgumentException("topChances must be −1 to 100, but was " + topChances);
    }
  }

  /** {@return options without a mask, without chances and with control tokens left out} */
  public static GenerationOptions of(SamplingOptions sampling, StopRule stop) {
    return new GenerationOptions(sampling, stop, Optional.empty(), -1, id -> false);
  }
}
