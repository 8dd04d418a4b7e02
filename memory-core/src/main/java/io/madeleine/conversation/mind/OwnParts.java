package io.madeleine.conversation.mind;

import io.madeleine.conversation.ConversationConfig;
import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.pause.PauseOptions;
import io.madeleine.memory.pause.ToolPauses;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Opens what conversations rest on, for who has none of it open, in the folders that the Spring
 * starter takes, too. Closes all of it behind them, or at once if a part cannot be opened. Used
 * once.
 */
final class OwnParts {

  /** As many as an answer has at most: what was said last is there word by word. */
  private static final int RECENT = AnswerOptions.DEFAULT.maxTokens();

  private final Deque<Runnable> closings = new ArrayDeque<>();

  private OwnParts() {}

  /** {@return what they may take where the config alone says so} */
  static MindOptions options(ConversationConfig config) {
    EpisodicOptions layout = EpisodicOptions.DEFAULT;
    return MindOptions.within(config.kvBytes(), Math.max(1, config.snapshotBytes()))
        .layout(layout.tokens(RECENT, layout.recallTokens()).type(config.kvType()));
  }

  static EpisodicConversations open(
      Path modelFile, ConversationConfig config, MindOptions options, Optional<Embedder> embedder) {
    var parts = new OwnParts();
    try {
      return parts.opened(modelFile, config, options, embedder);
    } catch (RuntimeException | Error e) {
      try {
        parts.close();
      } catch (RuntimeException | Error second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** The log first, since it says whose the folder is; the index last, since it may take long. */
  private EpisodicConversations opened(
      Path modelFile, ConversationConfig config, MindOptions options, Optional<Embedder> embedder) {
    TurnLog log = TurnLog.open(config.data().resolve("history"), config.clock());
    closings.push(log::close);
    ReadyModel model =
        ReadyModel.open(
            modelFile,
            config.clock(),
            config.engine(),
            options.workingBytes() + options.tiers().bytes(),
            config.memoryBytes(),
            config.thinking());
    closings.push(model::close);
    TurnIndex index =
        TurnIndex.open(config.data().resolve("index"), IndexOptions.DEFAULT, embedder);
    closings.push(index::close);
    index.follow(log);
    return new EpisodicConversations(
        model,
        log,
        index,
        config.data(),
        options,
        config.clock(),
        embedder,
        new ToolPauses(PauseOptions.within(options.workingBytes()), System::nanoTime),
        this::close);
  }

  /** Closes every part, the last opened first, whichever fails; then throws what failed first. */
  private void close() {
    var failures = new Failures();
    while (!closings.isEmpty()) {
      failures.trying(closings.pop());
    }
    failures.throwFirst();
  }
}
