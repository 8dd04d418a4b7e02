package io.madeleine.langchain4j.model;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.madeleine.conversation.completion.CompletionListener;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A model in this process. A tool call that is wrong is asked for once more, with the reason; then
 * {@link MalformedToolCallException}, which is thrown at once where the answer's most tokens cut
 * the call off. JSON that is asked for always parses, unless the answer ends at its most tokens.
 * Its usage is a {@link MadeleineTokenUsage}.
 *
 * <p>What the engine cannot do is an {@link dev.langchain4j.exception.UnsupportedFeatureException},
 * also a schema that turns out too ambiguous while the answer is written; a request that is wrong
 * or too long an {@link dev.langchain4j.exception.InvalidRequestException}; no room, to compute or
 * to keep its keys and values, a {@link dev.langchain4j.exception.RateLimitException}. Thread-safe.
 */
public final class MadeleineChatModel implements ChatModel {

  private final ModelSettings settings;
  private final Requests requests;
  private final Optional<String> conversation;

  /** A model that is shared with whoever has the same settings. */
  public MadeleineChatModel(ModelSettings settings) {
    this(settings, new Requests(settings), Optional.empty());
  }

  private MadeleineChatModel(
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
  public MadeleineChatModel forConversation(String id) {
    return new MadeleineChatModel(settings, requests, Optional.of(id));
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    Optional<String> asks =
        conversation.or(() -> WhoAsks.take(request).flatMap(WhoAsks.Announced::id));
    return new Answer(settings, CompletionListener.NONE).get(() -> requests.of(request, asks));
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
