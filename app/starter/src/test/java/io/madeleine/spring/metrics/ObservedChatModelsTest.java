package io.madeleine.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How an observation of a model ends, whatever of it LangChain4j tells. */
final class ObservedChatModelsTest {

  private static final ChatRequest ASKED =
      ChatRequest.builder().messages(UserMessage.from("Hello?")).build();

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  /** What is to be run once nothing leads to an object any more. */
  private final Map<Object, Runnable> lost = new HashMap<>();

  private final ObservedChatModels listener;

  ObservedChatModelsTest() {
    var observations = ObservationRegistry.create();
    observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
    listener =
        new ObservedChatModels(new AnswerObservations(observations, meters), "unnamed", lost::put);
  }

  @Test
  void onRequest_thenNothingAndTheRequestIsGone_isAFailureAndNothingRuns() {
    Map<Object, Object> attributes = ask();
    assertThat(running()).isOne();
    assertThat(attributes.values()).containsExactlyElementsOf(lost.keySet());

    lost.values().forEach(Runnable::run);

    assertThat(running()).isZero();
    assertThat(ended("CancellationException")).isOne();
  }

  @Test
  void onResponse_andTheRequestIsGone_isAnAnswerOnly() {
    Map<Object, Object> attributes = ask();
    ChatResponse answer = ChatResponse.builder().aiMessage(AiMessage.from("Hello.")).build();
    listener.onResponse(
        new ChatModelResponseContext(answer, ASKED, ModelProvider.OPEN_AI, attributes));
    lost.values().forEach(Runnable::run);

    assertThat(running()).isZero();
    assertThat(ended("none")).isOne();
    assertThat(meters.find(AnswerObservations.DURATION).timers()).hasSize(1);
  }

  private Map<Object, Object> ask() {
    var attributes = new HashMap<Object, Object>();
    listener.onRequest(new ChatModelRequestContext(ASKED, ModelProvider.OPEN_AI, attributes));
    return attributes;
  }

  private int running() {
    return meters.get(AnswerObservations.DURATION + ".active").longTaskTimers().stream()
        .mapToInt(each -> each.activeTasks())
        .sum();
  }

  private long ended(String error) {
    return meters.find(AnswerObservations.DURATION).timers().stream()
        .filter(each -> Objects.requireNonNullElse(each.getId().getTag("error"), "").equals(error))
        .mapToLong(each -> each.count())
        .sum();
  }
}
