package io.madeleine.engine.chat;

import java.util.List;
import java.util.stream.Stream;

/** How a model family writes tool calls. */
public enum ToolDialect {
  /** Hermes, Qwen, SmolLM: {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}. */
  TAGGED_JSON("<tool_call>", "</tool_call>"),

  /**
   * Llama 3, Gemma, Phi: the answer is {@code {"name": …, "parameters": {…}}}, alone, in a code
   * fence or behind {@code <|python_tag|>}.
   */
  BARE_JSON("<|python_tag|>", ""),

  /** Mistral: {@code [TOOL_CALLS] [{"name": …, "arguments": {…}, "id": …}]}. */
  MISTRAL("[TOOL_CALLS]", ""),

  /** The model that comes with Madeleine: {@code <|tool|> weather(Oslo)}. */
  POCKET("<|tool|>", "<|result|>");

  /** Opens reasoning, in every family that marks it. */
  static final String THINK = "<think>";

  /** Ends reasoning. */
  static final String THINK_END = "</think>";

  private final String opening;
  private final String closing;

  ToolDialect(String opening, String closing) {
    this.opening = opening;
    this.closing = closing;
  }

  /** {@return the text that opens a call} */
  public String opening() {
    return opening;
  }

  /** {@return the text that ends a call; empty if a call runs to the end of the answer} */
  String closing() {
    return closing;
  }

  /**
   * {@return the texts that an {@link AnswerReader} must see, even where they are control tokens,
   * which decoding would leave out}
   */
  public List<String> markers() {
    return Stream.of(opening, closing, THINK, THINK_END, "[ARGS]")
        .filter(marker -> !marker.isEmpty())
        .toList();
  }
}
