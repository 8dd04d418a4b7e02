package io.madeleine.langchain4j.model;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;

/**
 * A model in this process that tells its answer as it writes it. The handler is called by one
 * thread of its own for each answer, so a slow handler (or a tool that LangChain4j runs in it)
 * stalls nobody else's answer. After a cancel it is not called any more. Otherwise as {@link
 * MadeleineChatModel}. Thread-safe.
 */
public final class MadeleineStreamingChatModel implements StreamingChatModel {

  private final ModelSettings settings;
  private final Requests requests;

  /** A model that is shared with whoever has the same settings. */
  public MadeleineStreamingChatModel(ModelSettings settings) {
    this.settings = settings;
    this.requests = new Requests(settings);
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    new Stream(settings, handler).begin(() -> requests.of(request));
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return settings.defaults();
  }

  @Override
  public List<ChatModelListener> listeners() {
    return settings.listeners();
  }

  @Override
  public ModelProvider provider() {
    return ModelProvider.OTHER;
  }

  @Override
  public Set<Capability> supportedCapabilities() {
    return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
  }
}
