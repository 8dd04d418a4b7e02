package io.madeleine.engine.token;

import java.util.List;

/** The words in which a model family writes a chat. Implementations are immutable. */
public interface ChatTemplate {

  /**
   * {@return the prompt's text, to be encoded with special tokens parsed}
   *
   * @param messages the dialogue so far, oldest first
   * @param tools what the model may call; empty for none
   * @param addGenerationPrompt whether to open the assistant's next turn at the end
   */
  String render(List<ChatMessage> messages, List<ToolSpec> tools, boolean addGenerationPrompt);
}
