package io.madeleine.spring.metrics;

import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Observes answers under OpenTelemetry's names for generative AI. A tag is never a user, a tenant,
 * a conversation or anything else that a client chooses: those would make as many time series as
 * there are people. Thread-safe.
 */
public final class AnswerObservations {

  /** Time of an answer; as a trace, a span of it. */
  public static final String DURATION = "gen_ai.client.operation.duration";

  /** Tokens of an answer, by {@code gen_ai.token.type}. */
  public static final String TOKENS = "gen_ai.client.token.usage";

  /** Tokens of prompts, by {@code state}: {@code read} by the model, or {@code saved}. */
  public static final String PROMPT = "madeleine.prompt.tokens";

  private final ObservationRegistry observations;
  private final @Nullable MeterRegistry meters;

  /**
   * @param observations hears of every answer
   * @param meters counts tokens; none where nobody counts
   */
  public AnswerObservations(ObservationRegistry observations, @Nullable MeterRegistry meters) {
    this.observations = observations;
    this.meters = meters;
  }

  /**
   * An answer begins.
   *
   * @param provider who runs the model, in OpenTelemetry's words
   * @param model its name, which the operator chose
   */
  public Running start(String provider, String model) {
    Observation observation =
        Observation.createNotStarted(DURATION, observations)
            .contextualName("chat " + model)
            .lowCardinalityKeyValue("gen_ai.operation.name", "chat")
            .lowCardinalityKeyValue("gen_ai.provider.name", provider)
            .lowCardinalityKeyValue("gen_ai.request.model", model)
            .start();
    return new Running(observation, provider, model);
  }

  /** An answer on its way. The first call of one of its methods ends it; others do nothing. */
  public final class Running {

    private final Observation observation;
    private final String provider;
    private final String model;
    private final AtomicBoolean over = new AtomicBoolean();

    private Running(Observation observation, String provider, String model) {
      this.observation = observation;
      this.provider = provider;
      this.model = model;
    }

    /**
     * It is there.
     *
     * @param input tokens of the prompt
     * @param cached how many of them needed no reading
     * @param output tokens of the answer
     */
    public void ended(int input, int cached, int output) {
      if (over.getAndSet(true)) {
        return;
      }
      observation
          .highCardinalityKeyValue("gen_ai.usage.input_tokens", Integer.toString(input))
          .highCardinalityKeyValue("gen_ai.usage.cache_read.input_tokens", Integer.toString(cached))
          .highCardinalityKeyValue("gen_ai.usage.output_tokens", Integer.toString(output))
          .stop();
      if (meters != null) {
        tokens(meters, "input").record(input);
        tokens(meters, "output").record(output);
        meters.counter(PROMPT, "state", "read").increment((double) input - cached);
        meters.counter(PROMPT, "state", "saved").increment(cached);
      }
    }

    /** It failed. */
    public void failed(Throwable failure) {
      if (over.getAndSet(true)) {
        return;
      }
      observation
          .lowCardinalityKeyValue(KeyValue.of("error.type", failure.getClass().getSimpleName()))
          .error(failure)
          .stop();
    }

    private DistributionSummary tokens(MeterRegistry registry, String type) {
      return DistributionSummary.builder(TOKENS)
          .description("tokens of answers")
          .baseUnit("token")
          .tag("gen_ai.operation.name", "chat")
          .tag("gen_ai.provider.name", provider)
          .tag("gen_ai.request.model", model)
          .tag("gen_ai.token.type", type)
          .register(registry);
    }
  }
}
