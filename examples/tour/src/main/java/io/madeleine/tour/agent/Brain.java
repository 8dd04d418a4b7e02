package io.madeleine.tour.agent;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.HomePath;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.langchain4j.model.MadeleineChatModel;
import io.madeleine.langchain4j.model.ModelSettings;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/**
 * The model that an example talks to.
 *
 * @param chat the model
 * @param engine what answers in this process; empty for an endpoint, whose caches nobody here sees
 * @param free gives back what it holds
 */
public record Brain(ChatModel chat, Optional<Completions> engine, Runnable free)
    implements AutoCloseable {

  /** Whose examples these are. */
  static final Tenant ACME = new Tenant("acme");

  private static final long KV_BYTES = 1L << 28;

  /**
   * {@return the model that {@code where} names}
   *
   * @param where {@code pocket}, the path of a GGUF file, or the address of an OpenAI-compatible
   *     endpoint such as {@code http://localhost:8080/v1}
   * @param models where the pocket model is put
   */
  public static Brain of(String where, Path models) {
    if (where.startsWith("http")) {
      return new Brain(
          OpenAiChatModel.builder()
              .baseUrl(where)
              .apiKey("none")
              .modelName("default")
              .temperature(0.0)
              .build(),
          Optional.empty(),
          () -> {});
    }
    Path file = where.equals("pocket") ? PocketModel.installTo(models) : HomePath.of(where);
    ReadyModel model =
        ReadyModel.open(
            file, Clock.systemUTC(), EngineOptions.defaults(), KV_BYTES, Long.MAX_VALUE);
    var completions = new Completions(model, SchedulerOptions.DEFAULT, KvType.F16, KV_BYTES);
    return new Brain(
        new MadeleineChatModel(ModelSettings.of(completions, model, ACME)),
        Optional.of(completions),
        () -> {
          completions.close();
          model.close();
        });
  }

  @Override
  public void close() {
    free.run();
  }
}
