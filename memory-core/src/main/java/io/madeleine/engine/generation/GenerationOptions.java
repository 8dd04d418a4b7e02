package io.madeleine.engine.generation;

import java.util.Optional;
import java.util.Set;
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
 * @param never ids that the answer does not have, such as what opens a tool call where there is
 *     none
 */
public record GenerationOptions(
    SamplingOptions sampling,
    StopRule stop,
    Optional<TokenMask> mask,
    int topChances,
    IntPredicate spoken,
    Set<Integer> never) {

  /**
   * @throws IllegalArgumentException if {@code topChances} is below −1 or above 100
   */
  public GenerationOptions {
    never = Set.copyOf(never);
    if (topChances < -1 || topChances > 100) {
      throw new IllegalArgumentException("topChances must be −1 to 100, but was " + topChances);
    }
  }

  /** {@return options without a mask or chances, with control tokens left out and all ids open} */
  public static GenerationOptions of(SamplingOptions sampling, StopRule stop) {
    return new GenerationOptions(sampling, stop, Optional.empty(), -1, id -> false, Set.of());
  }
}
