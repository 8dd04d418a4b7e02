package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.tier.Tier;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Old episodes' keys and values are gone: their tokens are read again when a turn recalls them. */
final class LostKeysTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "home");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final List<String> SAID =
      List.of(
          "my sister Zelandra keeps bees in Quillport, in nine yellow hives behind a mill",
          "the garage door has a code with four numbers, and the lamp above it is broken again",
          "Zelandra sells dark honey on Sunday to sailors, bakers, clerks and nuns",
          "the garage needs paint and a new lamp");

  @TempDir private Path directory;
  private Path model = Path.of("");

  @BeforeEach
  void writeModel() {
    model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
  }

  @ParameterizedTest
  @EnumSource(
      value = RecallMode.class,
      names = {"EVENTS", "TOPICS"})
  void say_stoppedWhileItReadsAgain_endsBeforeTheNextEpisodeAndTheNextTurnGoesOn(RecallMode mode) {
    with(
        TinyModel.CONTEXT,
        SmallMinds.SMALL.mode(mode),
        minds -> {
          SAID.forEach(text -> say(minds, text, new Watch(Integer.MAX_VALUE)));
          List<Episode> episodes = mind(minds).mind().episodes();
          minds.tiers(KEY.tenant()).forget();

          var stopping = new Watch(2);
          EpisodicTurn stopped = say(minds, "what does Zelandra sell", stopping);

          assertThat(stopped.finish()).isEqualTo(FinishReason.CANCELLED);
          assertThat(stopped.logged()).isEmpty();
          assertThat(stopped.why()).contains("cancelled after");
          assertThat(stopping.read).hasSize(2).startsWith(0);
          assertThat(mind(minds).isResident()).isFalse();
          assertThat(minds.log().size(KEY)).isEqualTo(SAID.size());
          assertThat(episodes)
              .as("what was told of before it was stopped, and no more, is read")
              .filteredOn(each -> minds.tierOf(KEY.tenant(), each) != Tier.REBUILT)
              .hasSize(2);

          var whole = new Watch(Integer.MAX_VALUE);
          EpisodicTurn answered = say(minds, "what does Zelandra sell", whole);

          assertThat(answered.logged()).isPresent();
          assertThat(answered.recalled()).isNotEmpty();
          assertThat(whole.read).isNotEmpty();
          assertThat(mind(minds).mind().turns()).isEqualTo(SAID.size() + 1);
        });
  }

  @Test
  void say_anotherBoundOnTheContext_findsTheKeysAndValuesWhereTheyAre() {
    with(
        TinyModel.CONTEXT,
        SmallMinds.SMALL.mode(RecallMode.EVENTS),
        minds -> SAID.forEach(text -> say(minds, text, new Watch(Integer.MAX_VALUE))));
    with(
        1_024,
        SmallMinds.SMALL.mode(RecallMode.EVENTS),
        minds -> {
          var watch = new Watch(Integer.MAX_VALUE);
          EpisodicTurn turn = say(minds, "what does Zelandra sell", watch);

          assertThat(watch.read).isEmpty();
          assertThat(turn.recalled())
              .isNotEmpty()
              .extracting(RecalledEpisode::from)
              .doesNotContain(Tier.REBUILT);
        });
  }

  private static EpisodicConversation mind(EpisodicConversations minds) {
    return minds.conversation(KEY, List.of());
  }

  private static EpisodicTurn say(EpisodicConversations minds, String text, Watch watch) {
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 8));
    return mind(minds).say(text, greedy, watch, watch.cancel);
  }

  private void with(int context, MindOptions options, Consumer<EpisodicConversations> what) {
    Path data = directory.resolve("data");
    var engine = new EngineOptions(1, /* warmUp= */ false).within(context);
    try (var log = TurnLog.open(data.resolve("history"), CLOCK);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var ready = ReadyModel.open(model, CLOCK, engine, 1 << 26, Long.MAX_VALUE);
        var minds = new EpisodicConversations(ready, log, index, data, options, CLOCK)) {
      index.follow(log);
      what.accept(minds);
    }
  }

  /** Hears of reading, and cancels when it has heard of it so often. */
  private static final class Watch implements MindListener {
    private final CancelToken cancel = new CancelToken();
    private final List<Integer> read = new ArrayList<>();
    private final int stopAfter;

    Watch(int stopAfter) {
      this.stopAfter = stopAfter;
    }

    @Override
    public void reading(int readTokens, int allTokens) {
      read.add(readTokens);
      if (read.size() == stopAfter) {
        cancel.cancel();
      }
    }
  }
}
