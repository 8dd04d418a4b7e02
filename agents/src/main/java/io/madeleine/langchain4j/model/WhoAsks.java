package io.madeleine.langchain4j.model;

import dev.langchain4j.agentic.scope.AgenticScope;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.observability.api.AiServiceListenerRegistrar;
import dev.langchain4j.observability.api.DefaultAiServiceListenerRegistrar;
import dev.langchain4j.observability.api.event.AiServiceRequestIssuedEvent;
import dev.langchain4j.observability.api.listener.AiServiceRequestIssuedListener;
import dev.langchain4j.observability.api.listener.AiServiceResponseReceivedListener;
import dev.langchain4j.spi.observability.AiServiceListenerRegistrarFactory;
import io.madeleine.langchain4j.call.Call;
import io.madeleine.langchain4j.call.Calls;
import io.madeleine.langchain4j.message.MemoryIds;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Tells a model whose request it is given. A {@link ChatRequest} does not say, but an AI service or
 * an agent announces every one on the thread that then calls the model; this listens to all of
 * them, found by LangChain4j in {@code META-INF/services}. LangChain4j uses the first such factory
 * only. If this is it, the first one of another library makes the registrar, and both are told; if
 * that passes on to this in turn, it is given LangChain4j's own. If the other is first on the class
 * path, and passes on to nobody, this hears nothing: put {@code agents} before it, or name the
 * conversation with {@link MadeleineChatModel#forConversation}. Without either, a conversation is
 * known by the messages that it goes on from, and no {@link Call} is.
 */
public final class WhoAsks implements AiServiceListenerRegistrarFactory {

  /**
   * The last announcement on this thread.
   *
   * @param messages the hash of its messages, so that it is taken for no other request
   * @param id the memory's, where it has one of its own, with a text of its own
   * @param call for which it is made
   */
  record Announced(int messages, Optional<String> id, Optional<Call> call) {}

  private static final ThreadLocal<Optional<Announced>> LAST =
      ThreadLocal.withInitial(Optional::empty);

  /** The same for all registrars: one that is shared hears of them once. */
  private static final AiServiceRequestIssuedListener ASKED = WhoAsks::announce;

  private static final AiServiceResponseReceivedListener ANSWERED = _ -> LAST.remove();

  /** Whether this thread asks another factory, which may be as polite and ask this one. */
  private static final ThreadLocal<Boolean> PASSING_ON = ThreadLocal.withInitial(() -> false);

  @Override
  public AiServiceListenerRegistrar get() {
    AiServiceListenerRegistrar registrar = another();
    registrar.register(ASKED);
    registrar.register(ANSWERED);
    Calls.follow(registrar);
    return registrar;
  }

  /** {@return the registrar that LangChain4j would use without this one} */
  private static AiServiceListenerRegistrar another() {
    if (PASSING_ON.get()) {
      return new DefaultAiServiceListenerRegistrar();
    }
    PASSING_ON.set(true);
    try {
      return ofTheFirstOther();
    } finally {
      PASSING_ON.remove();
    }
  }

  private static AiServiceListenerRegistrar ofTheFirstOther() {
    return ServiceLoader.load(AiServiceListenerRegistrarFactory.class).stream()
        .filter(factory -> factory.type() != WhoAsks.class)
        .findFirst()
        .map(factory -> factory.get().get())
        .orElseGet(DefaultAiServiceListenerRegistrar::new);
  }

  private static void announce(AiServiceRequestIssuedEvent event) {
    InvocationContext context = event.invocationContext();
    int messages = event.request().messages().hashCode();
    LAST.set(Optional.of(new Announced(messages, id(context), Calls.of(context))));
  }

  /** {@return the id of the memory; that of the agents' shared scope before that of one agent} */
  private static Optional<String> id(InvocationContext context) {
    return scopeId(context)
        .or(() -> Optional.ofNullable(context.chatMemoryId()))
        .filter(id -> !id.equals("default") && MemoryIds.hasText(id))
        .map(MemoryIds::text)
        .filter(id -> !id.isBlank());
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

  /**
   * {@return the id of the memory for which a model is asked on this thread, where an AI service
   * announced it and its call still goes on}
   */
  public static Optional<String> conversation() {
    return LAST.get().filter(WhoAsks::isGoingOn).flatMap(Announced::id);
  }

  private static boolean isGoingOn(Announced announced) {
    return announced.call().filter(call -> !call.isOver()).isPresent();
  }

  /** {@return what was announced for {@code request} on this thread; then forgets it} */
  static Optional<Announced> take(ChatRequest request) {
    Optional<Announced> last =
        LAST.get().filter(announced -> announced.messages() == request.messages().hashCode());
    LAST.remove();
    return last;
  }
}
