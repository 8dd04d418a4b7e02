package io.madeleine.langchain4j.model.kit;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.output.TokenUsage;
import io.madeleine.langchain4j.model.MadeleineChatModel;
import io.madeleine.langchain4j.model.MadeleineTokenUsage;
import java.util.List;

/** LangChain4j's kit for a blocking model. What is switched off is explained in {@link Skips}. */
class BlockingKit extends AbstractChatModelIT {

  @Override
  protected List<ChatModel> models() {
    return List.of(new MadeleineChatModel(KitModel.settings()));
  }

  @Override
  protected ChatModel createModelWith(ChatRequestParameters parameters) {
    return new MadeleineChatModel(KitModel.with(parameters));
  }

  @Override
  protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
    return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  @Override
  protected Class<? extends TokenUsage> tokenUsageType(ChatModel model) {
    return MadeleineTokenUsage.class;
  }

  @Override
  protected boolean supportsModelNameParameter() {
    return Skips.MODEL_NAME;
  }

  @Override
  protected boolean supportsSingleImageInputAsBase64EncodedString() {
    return Skips.IMAGES;
  }

  @Override
  protected boolean supportsSingleImageInputAsPublicURL() {
    return Skips.IMAGES;
  }
}
