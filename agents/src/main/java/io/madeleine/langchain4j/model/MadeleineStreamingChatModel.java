package io.madeleine.langchain4j.model;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.madeleine.langchain4j.call.Call;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A model in this process that tells its answer as it writes it. The handler is called by one
 * thread of its own for each answer, so a slow handler (or a tool that LangChain4j runs in it)
 * stalls nobody else's answer. After a cancel it is not called any more, and the AI service's call
 * that asked is over. What the engine cannot do is refused before anything is told, with an {@link
 * UnsupportedFeatureException}; what fails later is told to {@link
 * StreamingChatResponseHandler#onError}. Then nobody waits for that call any more, also where its
 * errors are ignored, and a wrapper may still answer it by another model. Listeners hear of a
 * cancel or a refusal as of any failure. Otherwise as {@link MadeleineChatModel}. Thread-safe.
 */
public final class MadeleineStreamingChatModel implements StreamingChatModel {

  private final ModelSettings settings;
  private final Requests requests;
  private final Optional<String> conversation;

  /** A model that is shared with whoever has the same settings. */
  public MadeleineStreamingChatModel(ModelSettings settings) {
    this(settings, new Requests(settings), Optional.empty());
  }

  private MadeleineStreamingChatModel(
      ModelSettings settings, Requests requests, Optional<String> conversation) {
    this.settings = settings;
    this.requests = requests;
    this.conversation = conversation;
  }

  /**
   * {@return the same model for one conversation} Needed only where LangChain4j cannot say whose a
   * request is: see {@link WhoAsks}.
   *
   * @param id the conversation's, among those of the tenant
   */
  public MadeleineStreamingChatModel forConversation(String id) {
    return new MadeleineStreamingChatModel(settings, requests, Optional.of(id));
  }

  @Override
  public void chat(
      ChatRequest request, ChatRequestOptions options, StreamingChatResponseHandler handler) {
    new HeardRequest(this).chat(request, options, handler);
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    begin(request, handler, () -> {});
  }

  /**
   * @param cancelled run when the stream is cancelled, by the thread that does it
   */
  void begin(ChatRequest request, StreamingChatResponseHandler handler, Runnable cancelled) {
    Optional<WhoAsks.Announced> announced = WhoAsks.take(request);
    Optional<Call> call = announced.flatMap(WhoAsks.Announced::call);
    check(request, call);
    Optional<String> asks = conversation.or(() -> announced.flatMap(WhoAsks.Announced::id));
    new Stream(settings, handler, call, cancelled).begin(() -> requests.of(request, asks));
  }

  /**
   * A refusal is thrown, as other models do; what fails later is told. Of a stream that threw at
   * its start LangChain4j does not say that its call is over, so nobody waits for it.
   */
  private void check(ChatRequest request, Optional<Call> call) {
    try {
      requests.check(request);
    } catch (RuntimeException e) {
      call.ifPresent(Call::fail);
      throw e;
    }
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
