package io.madeleine.spring.metrics;

import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.mind.EpisodicConversations;
import io.madeleine.memory.history.TurnLog;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What the memory takes and how busy the model is, of all tenants together. */
final class MadeleineMeters implements MeterBinder {

  private final TurnLog history;
  private final @Nullable EpisodicConversations conversations;
  private final @Nullable Completions completions;

  MadeleineMeters(
      TurnLog history,
      @Nullable EpisodicConversations conversations,
      @Nullable Completions completions) {
    this.history = history;
    this.conversations = conversations;
    this.completions = completions;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    FunctionCounter.builder("madeleine.history.records", history, TurnLog::lastSequence)
        .description("records that the history was ever given")
        .register(registry);
    if (conversations != null) {
      bytes(
          registry,
          "madeleine.kv.memory",
          "episodes and working caches",
          conversations,
          EpisodicConversations::memoryBytes);
      bytes(
          registry,
          "madeleine.kv.memory.limit",
          "the most that they may be",
          conversations,
          EpisodicConversations::memoryBudget);
      bytes(
          registry,
          "madeleine.kv.disk",
          "episodes on disk",
          conversations,
          EpisodicConversations::diskBytes);
      bytes(
          registry,
          "madeleine.kv.disk.limit",
          "the most that they may be",
          conversations,
          EpisodicConversations::diskBudget);
    }
    if (completions != null) {
      bytes(
          registry,
          "madeleine.completions.memory",
          "running and kept answers",
          completions,
          Completions::memoryBytes);
      Gauge.builder("madeleine.completions.running", completions, c -> c.load().running())
          .description("answers that compute")
          .register(registry);
      Gauge.builder("madeleine.completions.waiting", completions, c -> c.load().waiting())
          .description("answers that wait for their turn")
          .register(registry);
      FunctionCounter.builder("madeleine.completions.tokens", completions, c -> c.load().tokens())
          .description("tokens read and written")
          .baseUnit("tokens")
          .register(registry);
    }
  }

  private static <T> void bytes(
      MeterRegistry registry, String name, String description, T of, ToDoubleFunction<T> figure) {
    Gauge.builder(name, of, figure).description(description).baseUnit("bytes").register(registry);
  }
}
