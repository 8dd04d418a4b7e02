package io.madeleine.conversation.completion;

import io.madeleine.engine.chat.AnswerPart;
import io.madeleine.engine.generation.TokenChance;
import java.util.List;

/** Hears an answer as it is written. Called on the model's thread, so it must be quick. */
@FunctionalInterface
public interface CompletionListener {

  /** Hears nothing. */
  CompletionListener NONE = (part, chances) -> {};

  /**
   * Hears the next part.
   *
   * @param part text, reasoning or a whole call
   * @param chances of the tokens since the last part, if they were asked for
   */
  void wrote(AnswerPart part, List<TokenChance> chances);
}
