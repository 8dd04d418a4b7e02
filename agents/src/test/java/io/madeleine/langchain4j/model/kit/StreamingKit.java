package io.madeleine.langchain4j.model.kit;

import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.atLeast;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.TokenUsage;
import io.madeleine.langchain4j.model.MadeleineStreamingChatModel;
import io.madeleine.langchain4j.model.MadeleineTokenUsage;
import java.util.List;
import org.mockito.InOrder;

/** LangChain4j's kit for a streaming model. What is switched off is explained in {@link Skips}. */
class StreamingKit extends AbstractStreamingChatModelIT {

  @Override
  protected List<StreamingChatModel> models() {
    return List.of(new MadeleineStreamingChatModel(KitModel.settings()));
  }

  @Override
  protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
    return new MadeleineStreamingChatModel(KitModel.with(parameters));
  }

  @Override
  public StreamingChatModel createModelWith(ChatModelListener listener) {
    return new MadeleineStreamingChatModel(KitModel.heardBy(listener));
  }

  @Override
  protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
    return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
  }

  @Override
  protected Class<? extends TokenUsage> tokenUsageType(StreamingChatModel model) {
    return MadeleineTokenUsage.class;
  }

  @Override
  protected boolean supportsModelNameParameter() {
    return Skips.MODEL_NAME;
  }

  @Override
  protected boolean supportsPartialToolStreaming(StreamingChatModel model) {
    return Skips.PARTIAL_TOOL_CALLS;
  }

  @Override
  protected boolean supportsSingleImageInputAsBase64EncodedString() {
    return Skips.IMAGES;
  }

  @Override
  protected boolean supportsSingleImageInputAsPublicURL() {
    return Skips.IMAGES;
  }

  @Override
  protected void verifyToolCallbacks(
      StreamingChatResponseHandler handler, InOrder order, String id) {
    order.verify(handler, atLeast(1)).onCompleteToolCall(argThat(call -> call.index() == 0));
  }

  @Override
  protected void verifyToolCallbacks(
      StreamingChatResponseHandler handler, InOrder order, StreamingChatModel model) {
    order.verify(handler, atLeast(1)).onCompleteToolCall(argThat(call -> call.index() == 0));
  }

  @Override
  protected void verifyToolCallbacks(
      StreamingChatResponseHandler handler, InOrder order, String first, String second) {
    order.verify(handler).onCompleteToolCall(argThat(call -> call.index() == 0));
    order.verify(handler).onCompleteToolCall(argThat(call -> call.index() == 1));
  }
}
