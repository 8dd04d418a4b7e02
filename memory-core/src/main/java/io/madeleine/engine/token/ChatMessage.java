package io.madeleine.engine.token;

import java.util.List;

/**
 * One message of a chat, before a {@link ChatTemplate} turns it into the words of a model family.
 */
public sealed interface ChatMessage {

  /** {@return the text of the message; empty where an assistant only calls tools} */
  String text();

  /**
   * What the operator tells the model.
   *
   * @param text the instruction
   */
  record System(String text) implements ChatMessage {}

  /**
   * What the person says.
   *
   * @param text the words
   */
  record User(String text) implements ChatMessage {}

  /**
   * What the model says, and the tools that it asks for.
   *
   * @param text the answer; may be empty when tools are called
   * @param thinking the reasoning before it, empty if there is none
   * @param toolCalls the calls that it makes, in order
   */
  record Assistant(String text, String thinking, List<ToolCall> toolCalls) implements ChatMessage {

    public Assistant {
      toolCalls = List.copyOf(toolCalls);
    }

    /** An answer without reasoning and without tools. */
    public Assistant(String text) {
      this(text, "", List.of());
    }
  }

  /**
   * What a tool gave back.
   *
   * @param callId the {@link ToolCall#id} that it answers
   * @param tool the tool's name
   * @param text the result, or the error
   * @param failed whether the tool failed
   */
  record ToolResult(String callId, String tool, String text, boolean failed)
      implements ChatMessage {}
}
