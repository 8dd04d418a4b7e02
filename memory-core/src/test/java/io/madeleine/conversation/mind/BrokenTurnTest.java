package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever ends a turn in the middle, the next one begins behind the last that is in the log. */
final class BrokenTurnTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "home");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  @TempDir private Path directory;

  @Test
  void say_endsInAnError_isNotInTheLogAndTheNextTurnGoesOn() {
    Path data = directory.resolve("data");
    Path file = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    try (var log = TurnLog.open(data.resolve("history"), CLOCK);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var model =
            ReadyModel.open(file, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
        var minds =
            new EpisodicConversations(model, log, index, data, MindOptions.DEFAULT, CLOCK)) {
      EpisodicConversation conversation = minds.conversation(KEY, List.of());
      say(conversation, MindListener.NONE);

      assertThatThrownBy(() -> say(conversation, new Failing())).hasMessage("no memory");
      assertThat(conversation.isResident()).isFalse();
      assertThat(log.size(KEY)).isEqualTo(1);
      assertThat(say(conversation, MindListener.NONE).logged()).isPresent();
      assertThat(conversation.mind().turns()).isEqualTo(2);
    }
  }

  /** Ends a turn when its question is about to be read. */
  private static final class Failing implements MindListener {
    @Override
    public void recalled(int episodes, int tokens) {
      throw new Error("no memory");
    }
  }

  private static EpisodicTurn say(EpisodicConversation conversation, MindListener listener) {
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 4));
    return conversation.say("Zelandra keeps bees", greedy, listener, new CancelToken());
  }
}
