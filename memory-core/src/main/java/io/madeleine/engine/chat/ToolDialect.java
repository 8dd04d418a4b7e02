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

  /**
   * Mistral: {@code [TOOL_CALLS] [{"name": …, "arguments": {…}, "id": …}]}, and newer ones {@code
   * [TOOL_CALLS]name[CALL_ID]id[ARGS]{…}}, once for each call.
   */
  MISTRAL("[TOOL_CALLS]", ""),

  /** The model that comes with Madeleine: {@code <|tool|> weather(Oslo)}. */
  POCKET("<|tool|>", "<|result|>");

  /** Opens reasoning, in every family that marks it. */
  static final String THINK = "<think>";

  /** Ends reasoning. */
  static final String THINK_END = "</think>";

  /** Stands between the name of a newer Mistral's call and its id. */
  static final String CALL_ID = "[CALL_ID]";

  /** Stands before the arguments of a newer Mistral's call. */
  static final String ARGS = "[ARGS]";

  private final String opening;
  private final String closing;

  ToolDialect(String opening, String closing) {
    this.opening = opening;
    this.closing = closing;
  }

  /**
   * {@return how a model calls tools} What its template asks for goes before what its family does:
   * many models are trained on in the words of another family.
   *
   * @param chatTemplate the file's own template, empty if it has none
   */
  public static ToolDialect of(ModelFamily family, String chatTemplate) {
    if (family == ModelFamily.POCKET) {
      return POCKET;
    }
    return Stream.of(TAGGED_JSON, MISTRAL)
        .filter(dialect -> chatTemplate.contains(dialect.opening))
        .findFirst()
        .orElse(family.tools());
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
    return Stream.of(opening, closing, THINK, THINK_END, CALL_ID, ARGS)
        .filter(marker -> !marker.isEmpty())
        .toList();
  }
}
