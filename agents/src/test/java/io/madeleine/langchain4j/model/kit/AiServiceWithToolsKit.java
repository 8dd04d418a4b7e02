package io.madeleine.langchain4j.model.kit;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import io.madeleine.langchain4j.model.MadeleineChatModel;
import java.util.List;

/** LangChain4j's kit for AI services with tools. */
class AiServiceWithToolsKit extends AbstractAiServiceWithToolsIT {

  @Override
  protected List<ChatModel> models() {
    return List.of(new MadeleineChatModel(KitModel.settings()));
  }

  @Override
  protected boolean supportsMultimodalToolResults() {
    return Skips.IMAGES;
  }
}
