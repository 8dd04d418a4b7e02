package io.madeleine.langchain4j.memory;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Says what it was told to, and keeps what it was sent. */
final class ScriptedModel implements ChatModel {
  private final ArrayDeque<AiMessage> answers;
  private final List<List<ChatMessage>> seen = new ArrayList<>();

  ScriptedModel(AiMessage... answers) {
    this.answers = new ArrayDeque<>(List.of(answers));
  }

  /** {@return a call of each of {@code tools}, by the tool's name} */
  static AiMessage call(String... tools) {
    return AiMessage.from(
        List.of(tools).stream()
            .map(tool -> ToolExecutionRequest.builder().id(tool).name(tool).arguments("{}").build())
            .toList());
  }

  /** {@return the messages of each request} */
  List<List<ChatMessage>> seen() {
    return seen;
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    seen.add(request.messages());
    if (answers.isEmpty()) {
      throw new IllegalStateException("no answer left");
    }
    return ChatResponse.builder().aiMessage(answers.poll()).build();
  }
}
