package io.madeleine.langchain4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Answers when it is told to. */
final class HeldModel implements StreamingChatModel {

  private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

  /** A request, and who hears the answer. */
  record Asked(ChatRequest request, StreamingChatResponseHandler handler) {
    void answer(String text) {
      handler.onCompleteResponse(ChatResponse.builder().aiMessage(AiMessage.from(text)).build());
    }

    void call(String tool) {
      handler.onCompleteResponse(
          ChatResponse.builder().aiMessage(ScriptedModel.call(tool)).build());
    }
  }

  /** {@return the next request} Waits for it. */
  Asked next() throws InterruptedException {
    Asked next = asked.poll(20, TimeUnit.SECONDS);
    assertThat(next).as("a request").isNotNull();
    return next;
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    asked.add(new Asked(request, handler));
  }
}
