package io.madeleine.langchain4j.model;

import dev.langchain4j.exception.NonRetriableException;
import io.madeleine.engine.chat.AnswerPart.MalformedCall;

/**
 * Thrown when the model wrote a tool call that cannot be used: wrongly, and again when told why, or
 * only its beginning, because the answer had reached its most tokens.
 */
public final class MalformedToolCallException extends NonRetriableException {
  private static final long serialVersionUID = 1L;

  MalformedToolCallException(MalformedCall call) {
    super(
        ("the model called a tool wrongly twice, the second time with '%s': %s; describe the tool"
                + " better, or take a larger model")
            .formatted(call.written(), call.detail()));
  }

  private MalformedToolCallException(String message) {
    super(message);
  }

  /**
   * {@return for a call that is cut off, which no tool and no model is to blame for}
   *
   * @param tokens after which the answer had to end
   */
  static MalformedToolCallException cutOff(int tokens) {
    return new MalformedToolCallException(
        ("the answer had to end inside a tool call, at its most tokens, which were %,d: raise"
                + " maxOutputTokens, or shorten the prompt where the context left no more")
            .formatted(tokens));
  }
}
