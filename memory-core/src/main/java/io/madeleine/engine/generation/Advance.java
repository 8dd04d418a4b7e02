package io.madeleine.engine.generation;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One step of a generation.
 *
 * @param next the token to decode next; empty when the generation is over
 * @param text the characters that can go out now; often empty, while a character or a stop text may
 *     still be coming
 * @param finished why it is over, empty while it is not
 * @param chances of the chosen token and the likeliest ones, if they were asked for
 */
public record Advance(
    OptionalInt next, String text, Optional<FinishReason> finished, List<TokenChance> chances) {

  public Advance {
    chances = List.copyOf(chances);
    if (next.isPresent() == finished.isPresent()) {
      throw new IllegalArgumentException("a step has a next token or a reason for the end");
    }
  }
}
