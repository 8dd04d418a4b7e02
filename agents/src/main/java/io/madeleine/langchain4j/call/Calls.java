package io.madeleine.langchain4j.call;

import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.observability.api.AiServiceListenerRegistrar;
import dev.langchain4j.observability.api.listener.AiServiceCompletedListener;
import dev.langchain4j.observability.api.listener.AiServiceErrorListener;
import dev.langchain4j.observability.api.listener.AiServiceRequestIssuedListener;
import dev.langchain4j.observability.api.listener.AiServiceResponseReceivedListener;
import dev.langchain4j.observability.api.listener.AiServiceStartedListener;
import dev.langchain4j.observability.api.listener.ToolExecutedEventListener;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The calls that are going on, and which of them a thread works for. LangChain4j says so on the
 * thread itself, before each message that it adds to a memory. While a model is asked nothing is
 * added, and a thread that began a stream goes its way, so then it works for none. Thread-safe.
 *
 * <p>It does not say that a stream was cancelled, was never started, threw at its start, or failed
 * while its errors are ignored; such a call goes on until {@value #AT_ONCE} newer ones have begun.
 */
public final class Calls {

  /** How many are known at once; of more, the oldest is taken for over. */
  public static final int AT_ONCE = 10_000;

  /** Guarded by itself. */
  private static final Map<UUID, Call> GOING_ON = new LinkedHashMap<>();

  private static final ThreadLocal<Optional<Call>> HERE = ThreadLocal.withInitial(Optional::empty);

  private Calls() {}

  /** Follows the calls whose events {@code registrar} is told. */
  public static void follow(AiServiceListenerRegistrar registrar) {
    AiServiceStartedListener started = event -> begin(event.invocationContext());
    AiServiceRequestIssuedListener asked = event -> goBack(of(event.invocationContext()));
    AiServiceResponseReceivedListener answered = event -> enter(event.invocationContext());
    ToolExecutedEventListener executed = event -> enter(event.invocationContext());
    AiServiceCompletedListener completed = event -> leave(event.invocationContext(), false);
    AiServiceErrorListener failed = event -> leave(event.invocationContext(), true);
    registrar.register(started);
    registrar.register(asked);
    registrar.register(answered);
    registrar.register(executed);
    registrar.register(completed);
    registrar.register(failed);
  }

  /**
   * {@return the call that this thread works for} If it is over, what the thread brings comes too
   * late. A thread whose call has ended elsewhere works for none.
   */
  public static Optional<Call> here() {
    return HERE.get().filter(Call::isHeard);
  }

  /** {@return the call of {@code context} if it is going on} */
  public static Optional<Call> of(InvocationContext context) {
    synchronized (GOING_ON) {
      return Optional.ofNullable(GOING_ON.get(context.invocationId()));
    }
  }

  private static void begin(InvocationContext context) {
    Call call = Call.going(context.invocationId(), here());
    synchronized (GOING_ON) {
      GOING_ON.put(context.invocationId(), call);
      if (GOING_ON.size() > AT_ONCE) {
        var oldest = GOING_ON.values().iterator();
        oldest.next().forget();
        oldest.remove();
      }
    }
    HERE.set(Optional.of(call));
  }

  private static void enter(InvocationContext context) {
    HERE.set(of(context).or(() -> Optional.of(Call.late(context.invocationId()))));
  }

  private static void leave(InvocationContext context, boolean failed) {
    Optional<Call> call = of(context);
    end(context.invocationId(), failed);
    goBack(call);
  }

  private static void goBack(Optional<Call> from) {
    Optional<Call> to = from.flatMap(Call::behind);
    if (to.isPresent()) {
      HERE.set(to);
    } else {
      HERE.remove();
    }
  }

  static void end(UUID id, boolean failed) {
    Optional<Call> ended;
    synchronized (GOING_ON) {
      ended = Optional.ofNullable(GOING_ON.remove(id));
    }
    ended.ifPresent(call -> call.end(failed));
  }
}
