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
import org.jspecify.annotations.Nullable;

/** Observes any LangChain4j model that listens to it. Thread-safe. */
final class ObservedChatModels implements ChatModelListener {

  private static final String RUNNING = AnswerObservations.Running.class.getName();

  private final AnswerObservations observations;
  private final String fallback;

  /**
   * @param observations where they go
   * @param fallback name of a model that has none
   */
  ObservedChatModels(AnswerObservations observations, String fallback) {
    this.observations = observations;
    this.fallback = fallback;
  }

  @Override
  public void onRequest(ChatModelRequestContext context) {
    String model = Objects.requireNonNullElse(context.chatRequest().modelName(), fallback);
    String provider = context.modelProvider().name().toLowerCase(Locale.ROOT);
    context
        .attributes()
        .put(RUNNING, observations.start(provider.equals("other") ? "madeleine" : provider, model));
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
    return (AnswerObservations.Running) attributes.remove(RUNNING);
  }

  private static int count(@Nullable Integer tokens) {
    return tokens == null ? 0 : tokens;
  }
}
