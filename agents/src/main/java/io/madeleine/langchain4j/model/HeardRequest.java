package io.madeleine.langchain4j.model;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One request to a streaming model, as its listeners hear of it. LangChain4j tells them through the
 * handler, which hears neither that a stream was cancelled nor that a request was refused at its
 * start: whoever counts what is running would count those for ever. This tells both as failures.
 */
final class HeardRequest implements StreamingChatModel, ChatModelListener {

  private static final System.Logger LOG = System.getLogger(HeardRequest.class.getName());

  private final MadeleineStreamingChatModel model;

  /** As the listeners heard of it; empty before, and once they heard how it ended. */
  private final AtomicReference<Optional<ChatModelRequestContext>> open =
      new AtomicReference<>(Optional.empty());

  HeardRequest(MadeleineStreamingChatModel model) {
    this.model = model;
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    try {
      model.begin(
          request, handler, () -> failed(new CancellationException("the stream was cancelled")));
    } catch (RuntimeException | Error e) {
      failed(e);
      throw e;
    }
  }

  private void failed(Throwable why) {
    open.getAndSet(Optional.empty())
        .map(
            request ->
                new ChatModelErrorContext(
                    why, request.chatRequest(), request.modelProvider(), request.attributes()))
        .ifPresent(failure -> model.listeners().forEach(each -> tell(each, failure)));
  }

  private static void tell(ChatModelListener listener, ChatModelErrorContext failure) {
    try {
      listener.onError(failure);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "a listener failed, which nobody else hears of", e);
    }
  }

  @Override
  public void onRequest(ChatModelRequestContext request) {
    open.set(Optional.of(request));
  }

  @Override
  public void onResponse(ChatModelResponseContext response) {
    open.set(Optional.empty());
  }

  @Override
  public void onError(ChatModelErrorContext failure) {
    open.set(Optional.empty());
  }

  /** The model's own behind this one, which so knows first what they are told. */
  @Override
  public List<ChatModelListener> listeners() {
    var all = new ArrayList<ChatModelListener>();
    all.add(this);
    all.addAll(model.listeners());
    return all;
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return model.defaultRequestParameters();
  }

  @Override
  public ModelProvider provider() {
    return model.provider();
  }
}
