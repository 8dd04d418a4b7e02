package io.madeleine.spring.metrics;

import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.output.TokenUsage;
import io.madeleine.langchain4j.model.MadeleineTokenUsage;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Observes any LangChain4j model that listens to it. Of a stream that is cancelled, or refused at
 * its start, LangChain4j says nothing more to anybody; where the model does not either, its
 * observation ends as a failure once nobody holds the request any more. Thread-safe.
 */
final class ObservedChatModels implements ChatModelListener {

  private static final String RUNNING = Held.class.getName();

  /** Held by its request alone, so that it is unreachable when nobody can tell its end. */
  private record Held(AnswerObservations.Running running) {}

  private final AnswerObservations observations;
  private final String fallback;
  private final BiConsumer<Object, Runnable> unreachable;

  /**
   * @param observations where they go
   * @param fallback name of a model that has none
   * @param unreachable runs something when nothing leads to an object any more
   */
  ObservedChatModels(
      AnswerObservations observations, String fallback, BiConsumer<Object, Runnable> unreachable) {
    this.observations = observations;
    this.fallback = fallback;
    this.unreachable = unreachable;
  }

  @Override
  public void onRequest(ChatModelRequestContext context) {
    String model = Objects.requireNonNullElse(context.chatRequest().modelName(), fallback);
    String provider = context.modelProvider().name().toLowerCase(Locale.ROOT);
    AnswerObservations.Running running =
        observations.start(provider.equals("other") ? "madeleine" : provider, model);
    var held = new Held(running);
    context.attributes().put(RUNNING, held);
    unreachable.accept(
        held, () -> running.failed(new CancellationException("nobody said how the answer ended")));
  }

  @Override
  public void onResponse(ChatModelResponseContext context) {
    AnswerObservations.Running running = running(context.attributes());
    if (running != null) {
      TokenUsage usage = context.chatResponse().tokenUsage();
      running.ended(
          count(usage == null ? null : usage.inputTokenCount()),
          usage instanceof MadeleineTokenUsage ours ? ours.cachedInputTokenCount() : 0,
          count(usage == null ? null : usage.outputTokenCount()));
    }
  }

  @Override
  public void onError(ChatModelErrorContext context) {
    AnswerObservations.Running running = running(context.attributes());
    if (running != null) {
      running.failed(context.error());
    }
  }

  private static AnswerObservations.@Nullable Running running(Map<Object, Object> attributes) {
    return attributes.remove(RUNNING) instanceof Held(AnswerObservations.Running running)
        ? running
        : null;
  }

  private static int count(@Nullable Integer tokens) {
    return tokens == null ? 0 : tokens;
  }
}
