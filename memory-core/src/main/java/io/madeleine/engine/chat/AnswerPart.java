package io.madeleine.engine.chat;

import io.madeleine.engine.token.ToolCall;

/** A part of what a model wrote. */
public sealed interface AnswerPart {

  /**
   * A piece of the answer, for the person.
   *
   * @param text the next characters
   */
  record Text(String text) implements AnswerPart {}

  /**
   * A piece of the reasoning before the answer.
   *
   * @param text the next characters
   */
  record Thinking(String text) implements AnswerPart {}

  /**
   * A tool is called, by name, with arguments that its schema could have.
   *
   * @param call the call
   */
  record Call(ToolCall call) implements AnswerPart {}

  /**
   * The model tried to call a tool and got it wrong.
   *
   * @param written what the model wrote, for one attempt to repair it
   * @param problem what is wrong
   * @param detail the same for a reader, naming what was expected
   */
  record MalformedCall(String written, Problem problem, String detail) implements AnswerPart {}

  /** What can be wrong with a call. */
  enum Problem {
    /** The call is not the JSON (or the words) that the family uses. */
    NOT_READABLE,
    /** No tool is named. */
    NO_NAME,
    /** The tool is none of those offered. */
    UNKNOWN_TOOL,
    /** The arguments are not an object. */
    ARGUMENTS_NOT_AN_OBJECT,
    /** An argument that the schema requires is missing. */
    MISSING_ARGUMENT,
    /** The answer ended inside the call. */
    UNFINISHED,
    /** The call is longer than a call may be. */
    TOO_LONG
  }
}
