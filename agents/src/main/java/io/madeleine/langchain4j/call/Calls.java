package io.madeleine.langchain4j.call;

import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.observability.api.AiServiceListenerRegistrar;
import dev.langchain4j.observability.api.event.AiServiceResponseReceivedEvent;
import dev.langchain4j.observability.api.event.AiServiceStartedEvent;
import dev.langchain4j.observability.api.event.OutputGuardrailExecutedEvent;
import dev.langchain4j.observability.api.listener.AiServiceCompletedListener;
import dev.langchain4j.observability.api.listener.AiServiceErrorListener;
import dev.langchain4j.observability.api.listener.AiServiceRequestIssuedListener;
import dev.langchain4j.observability.api.listener.AiServiceResponseReceivedListener;
import dev.langchain4j.observability.api.listener.AiServiceStartedListener;
import dev.langchain4j.observability.api.listener.OutputGuardrailExecutedListener;
import dev.langchain4j.observability.api.listener.ToolExecutedEventListener;
import dev.langchain4j.service.tool.BeforeToolExecution;
import dev.langchain4j.service.tool.ToolExecution;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The calls that are going on, and which of them a thread works for. LangChain4j says so on the
 * thread itself, before each message that it adds to a memory. While a model is asked nothing is
 * added, and a thread that began a stream goes its way, so then it works for none; but a guardrail
 * that asks again for an answer it does not like waits for the next one, and nobody says when that
 * came. Thread-safe.
 *
 * <p>It does not say that a stream was cancelled, was never started, threw at its start, or failed
 * while its errors are ignored; such a call goes on until its model {@link Call#cancel ends} it, as
 * Madeleine's do, or {@value #AT_ONCE} newer ones have begun. A model that {@link Call#fail failed}
 * lets nobody wait for it, until another has answered instead.
 */
public final class Calls {

  /** How many are known at once; of more, the oldest is taken for over. */
  public static final int AT_ONCE = 10_000;

  /** Guarded by itself. */
  private static final Map<UUID, Call> GOING_ON = new LinkedHashMap<>();

  private static final ThreadLocal<Optional<Call>> HERE = ThreadLocal.withInitial(Optional::empty);

  private static final AiServiceStartedListener STARTED = Calls::begin;
  private static final AiServiceRequestIssuedListener ASKED =
      event -> ask(event.invocationContext());
  private static final AiServiceResponseReceivedListener ANSWERED = Calls::answer;
  private static final ToolExecutedEventListener EXECUTED =
      event -> enter(event.invocationContext());
  private static final OutputGuardrailExecutedListener GUARDED = Calls::guard;
  private static final AiServiceCompletedListener COMPLETED =
      event -> leave(event.invocationContext(), false);
  private static final AiServiceErrorListener FAILED =
      event -> leave(event.invocationContext(), true);

  private Calls() {}

  /**
   * Follows the calls whose events {@code registrar} is told. One that AI services share may be
   * given several times: the listeners are the same, and hear nothing new the second time.
   */
  public static void follow(AiServiceListenerRegistrar registrar) {
    registrar.register(STARTED, ASKED, ANSWERED, EXECUTED, GUARDED, COMPLETED, FAILED);
  }

  /**
   * {@return the call that this thread works for} If it is over, what the thread brings comes too
   * late. A thread whose call has ended elsewhere works for none.
   */
  public static Optional<Call> here() {
    return HERE.get().flatMap(Call::unlessGone).filter(Call::isHeard);
  }

  /** {@return the call of {@code context} if it is going on} */
  public static Optional<Call> of(InvocationContext context) {
    synchronized (GOING_ON) {
      return Optional.ofNullable(GOING_ON.get(context.invocationId()));
    }
  }

  /**
   * Says that this thread runs a tool of a call, so that a call which the tool makes is known to be
   * inside it and does not wait for its end. LangChain4j says so only where a tool runs on the
   * call's own thread. Where tools have threads of their own ({@code executeToolsConcurrently}),
   * give the AI service this and {@link #toolEnds}: {@code
   * .beforeToolExecution(Calls::toolBegins).afterToolExecution(Calls::toolEnds)}.
   */
  public static void toolBegins(BeforeToolExecution tool) {
    enter(tool.invocationContext());
  }

  /** Says that this thread runs that tool no more. */
  public static void toolEnds(ToolExecution tool) {
    goBack(worksFor(tool.invocationContext()));
  }

  private static void begin(AiServiceStartedEvent event) {
    InvocationContext context = event.invocationContext();
    if (of(context).isPresent()) {
      return; // told twice
    }
    Call call = Call.going(context.invocationId(), here(), event.userMessage());
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

  private static void ask(InvocationContext context) {
    Optional<Call> call = worksFor(context);
    call.ifPresent(Call::ask);
    if (call.filter(Call::isAnswered).isEmpty()) {
      goBack(call);
    }
  }

  private static void answer(AiServiceResponseReceivedEvent event) {
    enter(event.invocationContext());
    here().ifPresent(Call::hear);
    if (!event.response().aiMessage().hasToolExecutionRequests()) {
      var question = Optional.ofNullable(event.invocationContext().userMessage());
      here().ifPresent(call -> call.answer(question));
    }
  }

  private static void guard(OutputGuardrailExecutedEvent event) {
    String answer = event.request().responseFromLLM().aiMessage().text();
    OutputGuardrailResult result = event.result();
    String left = result.hasRewrittenResult() ? result.successfulText() : answer;
    if (answer != null && left != null) {
      of(event.invocationContext()).ifPresent(call -> call.guard(answer, left));
    }
  }

  private static void enter(InvocationContext context) {
    Call call = of(context).orElseGet(() -> Call.late(context.invocationId()));
    call.enter();
    HERE.set(Optional.of(call));
  }

  private static void leave(InvocationContext context, boolean failed) {
    Optional<Call> call = worksFor(context);
    end(context.invocationId(), failed);
    goBack(call);
  }

  /** {@return the call of {@code context} if it is going on, or is over and still this thread's} */
  private static Optional<Call> worksFor(InvocationContext context) {
    return of(context).or(() -> HERE.get().filter(call -> call.isOf(context.invocationId())));
  }

  /** One that never began took the thread from no other. */
  private static void goBack(Optional<Call> from) {
    if (from.isEmpty()) {
      return;
    }
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
