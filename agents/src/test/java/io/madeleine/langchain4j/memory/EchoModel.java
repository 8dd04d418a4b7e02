package io.madeleine.langchain4j.memory;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers each question, "call x" after a call of tool x, and keeps what it was sent. */
final class EchoModel implements ChatModel {

  private final List<List<ChatMessage>> seen = new CopyOnWriteArrayList<>();
  private volatile boolean fails;

  /** {@return the messages of each request} */
  List<List<ChatMessage>> seen() {
    return seen;
  }

  /** {@return the question of each request, which is the last} */
  List<String> asked() {
    return seen.stream().map(EchoModel::question).toList();
  }

  /** From now on it throws, or no more. */
  void fails(boolean now) {
    fails = now;
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    seen.add(request.messages());
    if (fails) {
      throw new IllegalStateException("no model");
    }
    return ChatResponse.builder().aiMessage(answer(request.messages())).build();
  }

  private static AiMessage answer(List<ChatMessage> messages) {
    String asked = question(messages);
    return asked.startsWith("call ") && messages.getLast() instanceof UserMessage
        ? ScriptedModel.call(asked.substring("call ".length()))
        : AiMessage.from("answer to " + asked);
  }

  private static String question(List<ChatMessage> messages) {
    return messages.stream()
        .filter(UserMessage.class::isInstance)
        .map(message -> ((UserMessage) message).singleText())
        .reduce("", (one, next) -> next);
  }
}
