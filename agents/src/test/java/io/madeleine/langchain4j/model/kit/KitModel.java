package io.madeleine.langchain4j.model.kit;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import io.madeleine.conversation.completion.Completions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.langchain4j.model.ModelSettings;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.pocket.PocketModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * The model that LangChain4j's kits talk to: the file that {@code -Dmadeleine.it.model} names, else
 * the pocket model. Opened once a run; it ends with the process.
 */
final class KitModel {

  private static final String FILE = System.getProperty("madeleine.it.model", "");
  private static final ModelSettings SETTINGS = open();

  private KitModel() {}

  /** {@return whether it is the toy, which knows no capital of Germany} */
  static boolean isToy() {
    return FILE.isEmpty();
  }

  static String name() {
    return SETTINGS.model().name();
  }

  static ModelSettings settings() {
    return SETTINGS;
  }

  static ModelSettings heardBy(ChatModelListener listener) {
    return SETTINGS.heardBy(List.of(listener));
  }

  static ModelSettings with(ChatRequestParameters parameters) {
    return SETTINGS.with(SETTINGS.defaults().overrideWith(parameters));
  }

  private static ModelSettings open() {
    ReadyModel model =
        ReadyModel.open(
            isToy() ? PocketModel.installTo(temporary()) : Path.of(FILE),
            Clock.systemUTC(),
            EngineOptions.defaults(),
            isToy() ? 1 << 28 : 1L << 33,
            Long.MAX_VALUE);
    var completions = new Completions(model, SchedulerOptions.DEFAULT, KvType.F16, 1L << 28);
    // A toy that is forced into a form may never end its string.
    var defaults = DefaultChatRequestParameters.builder().maxOutputTokens(isToy() ? 40 : 1_000);
    return ModelSettings.of(completions, model, new Tenant("kit")).with(defaults.build());
  }

  private static Path temporary() {
    try {
      Path directory = Files.createTempDirectory("madeleine-kit");
      directory.toFile().deleteOnExit();
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException("a temporary directory is needed for the pocket model", e);
    }
  }
}
