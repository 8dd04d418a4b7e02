package io.madeleine.langchain4j.model.kit;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.madeleine.langchain4j.model.MadeleineChatModel;

/** LangChain4j's kit for what the listeners of a blocking model hear. */
class BlockingListenerKit extends AbstractChatModelListenerIT {

  @Override
  protected ChatModel createModel(ChatModelListener listener) {
    return new MadeleineChatModel(
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
  protected ChatModel createFailingModel(ChatModelListener listener) {
    return new MadeleineChatModel(
        KitModel.heardBy(listener)
            .with(ChatRequestParameters.builder().maxOutputTokens(0).build()));
  }

  @Override
  protected Class<? extends Exception> expectedExceptionClass() {
    return InvalidRequestException.class;
  }
}
