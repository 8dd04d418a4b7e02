package io.madeleine.langchain4j.model;

import dev.langchain4j.agentic.scope.AgenticScope;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.observability.api.AiServiceListenerRegistrar;
import dev.langchain4j.observability.api.DefaultAiServiceListenerRegistrar;
import dev.langchain4j.observability.api.event.AiServiceRequestIssuedEvent;
import dev.langchain4j.observability.api.listener.AiServiceRequestIssuedListener;
import dev.langchain4j.spi.observability.AiServiceListenerRegistrarFactory;
import java.util.Optional;

/**
 * Tells a model whose request it is given. A {@link ChatRequest} does not say, but an AI service or
 * an agent announces every one on the thread that then calls the model; this listens to all of
 * them, found by LangChain4j in {@code META-INF/services}. LangChain4j uses one such factory only:
 * where another library brings its own, name the conversation with {@link
 * MadeleineChatModel#forConversation}. Without either, a conversation is known by the messages that
 * it goes on from.
 */
public final class WhoAsks implements AiServiceListenerRegistrarFactory {

  /**
   * The last announcement on this thread.
   *
   * @param messages the hash of its messages, so that it is taken for no other request
   * @param id the memory's
   */
  private record Announced(int messages, String id) {}

  private static final ThreadLocal<Optional<Announced>> LAST =
      ThreadLocal.withInitial(Optional::empty);

  @Override
  public AiServiceListenerRegistrar get() {
    var registrar = new DefaultAiServiceListenerRegistrar();
    AiServiceRequestIssuedListener listener = WhoAsks::announce;
    registrar.register(listener);
    return registrar;
  }

  private static void announce(AiServiceRequestIssuedEvent event) {
    LAST.set(
        id(event.invocationContext())
            .map(id -> new Announced(event.request().messages().hashCode(), id)));
  }

  /** {@return the id of the memory; that of the agents' shared scope before that of one agent} */
  private static Optional<String> id(InvocationContext context) {
    return scopeId(context)
        .or(() -> Optional.ofNullable(context.chatMemoryId()))
        .filter(id -> !id.equals("default") && !id.toString().isBlank())
        .map(Object::toString);
  }

  private static Optional<Object> scopeId(InvocationContext context) {
    var managed = context.managedParameters();
    if (managed == null) {
      return Optional.empty();
    }
    return managed.values().stream()
        .filter(WhoAsks::isScope)
        .map(scope -> ((AgenticScope) scope).memoryId())
        .findFirst();
  }

  /** The agentic module may not be there; then nothing is one of its scopes. */
  private static boolean isScope(Object managed) {
    try {
      return managed instanceof AgenticScope;
    } catch (NoClassDefFoundError e) {
      return false;
    }
  }

  /** {@return the id that was announced for {@code request} on this thread; then forgets it} */
  static Optional<String> take(ChatRequest request) {
    Optional<String> id =
        LAST.get()
            .filter(announced -> announced.messages() == request.messages().hashCode())
            .map(Announced::id);
    LAST.remove();
    return id;
  }
}
