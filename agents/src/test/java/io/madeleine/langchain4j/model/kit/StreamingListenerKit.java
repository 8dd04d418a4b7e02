package io.madeleine.langchain4j.model.kit;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.madeleine.langchain4j.model.MadeleineStreamingChatModel;

/** LangChain4j's kit for what the listeners of a streaming model hear. */
class StreamingListenerKit extends AbstractStreamingChatModelListenerIT {

  @Override
  protected StreamingChatModel createModel(ChatModelListener listener) {
    return new MadeleineStreamingChatModel(
        KitModel.heardBy(listener)
            .with(
                ChatRequestParameters.builder()
                    .modelName(modelName())
                    .temperature(temperature())
                    .topP(topP())
                    .maxOutputTokens(maxTokens())
                    .build()));
  }

  @Override
  protected String modelName() {
    return KitModel.name();
  }

  @Override
  protected StreamingChatModel createFailingModel(ChatModelListener listener) {
    return new MadeleineStreamingChatModel(
        KitModel.heardBy(listener)
            .with(ChatRequestParameters.builder().maxOutputTokens(0).build()));
  }

  @Override
  protected Class<? extends Exception> expectedExceptionClass() {
    return InvalidRequestException.class;
  }
}
