package io.madeleine.langchain4j.model;

import dev.langchain4j.exception.NonRetriableException;
import io.madeleine.engine.chat.AnswerPart.MalformedCall;

/** Thrown when the model wrote a tool call that cannot be used, and again when told why. */
public final class MalformedToolCallException extends NonRetriableException {
  private static final long serialVersionUID = 1L;

  MalformedToolCallException(MalformedCall call) {
    super(
        ("the model called a tool wrongly twice, the second time with '%s': %s; describe the tool"
                + " better, or take a larger model")
            .formatted(call.written(), call.detail()));
  }
}
