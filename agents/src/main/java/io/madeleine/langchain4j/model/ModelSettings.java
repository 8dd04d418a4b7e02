package io.madeleine.langchain4j.model;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.memory.identity.Tenant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * What a blocking and a streaming model have in common. Give both the same {@link Completions}, so
 * that their requests compute together and share prefixes.
 *
 * @param completions who answers; stays the caller's, who closes it
 * @param model the one that {@code completions} runs; stays the caller's
 * @param tenant whose requests these are; no prefix is shared with another tenant
 * @param defaults for what a request leaves open; without a temperature, the likeliest token wins
 * @param listeners hear requests, answers and failures
 * @param seeds a seed for each answer that is drawn
 */
public record ModelSettings(
    Completions completions,
    ReadyModel model,
    Tenant tenant,
    ChatRequestParameters defaults,
    List<ChatModelListener> listeners,
    LongSupplier seeds) {

  public ModelSettings {
    listeners = List.copyOf(listeners);
  }

  /** Greedy, nobody listens, every drawn answer is another. */
  public static ModelSettings of(Completions completions, ReadyModel model, Tenant tenant) {
    return new ModelSettings(
        completions,
        model,
        tenant,
        DefaultChatRequestParameters.EMPTY,
        List.of(),
        () -> ThreadLocalRandom.current().nextLong());
  }

  /** {@return the same with other defaults} */
  public ModelSettings with(ChatRequestParameters others) {
    return new ModelSettings(completions, model, tenant, others, listeners, seeds);
  }

  /** {@return the same, heard by {@code others}} */
  public ModelSettings heardBy(List<ChatModelListener> others) {
    return new ModelSettings(completions, model, tenant, defaults, others, seeds);
  }

  /** {@return the same, drawn with {@code others}, so that answers can be had again} */
  public ModelSettings seeded(LongSupplier others) {
    return new ModelSettings(completions, model, tenant, defaults, listeners, others);
  }
}
