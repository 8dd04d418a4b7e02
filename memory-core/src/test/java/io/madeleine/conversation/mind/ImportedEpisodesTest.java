package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.LoggedMessage;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversation that is read from the log has episodes that end where they ended when said. */
final class ImportedEpisodesTest {

  private static final ConversationKey SAID = ConversationKey.of("ann", "said");
  private static final ConversationKey IMPORTED = ConversationKey.of("ann", "imported");
  private static final Duration LONG = Duration.ofHours(9);
  private static final List<List<String>> SITTINGS =
      List.of(
          List.of("my sister Zelandra keeps bees", "in nine yellow hives", "behind the old mill"),
          List.of("the garage door has a code", "the lamp above it is broken"),
          List.of("we sail to Quillport on Sunday"),
          List.of("the harbour master counts boats", "grey ones first", "and what then"));

  @TempDir private Path directory;
  private final PausingClock clock = new PausingClock();
  private TurnLog log;
  private TurnIndex index;
  private ReadyModel ready;
  private EpisodicConversations minds;

  @BeforeEach
  void open() {
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    log = TurnLog.open(directory.resolve("history"), clock);
    index = TurnIndex.open(directory.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
    ready = ReadyModel.open(model, clock, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
    minds = new EpisodicConversations(ready, log, index, directory, SmallMinds.SMALL, clock);
  }

  @AfterEach
  void close() {
    minds.close();
    ready.close();
    index.close();
    log.close();
  }

  @Test
  void mind_imported_hasTheBoundariesOfTheSameTurnsSaidAndEpisodesThatEndThere() {
    for (List<String> sitting : SITTINGS) {
      sitting.forEach(this::say);
      clock.pause(LONG);
    }
    minds.append(log.turns(SAID).stream().map(ImportedEpisodesTest::elsewhere).toList());

    Mind said = minds.conversation(SAID).mind();
    Mind imported = minds.conversation(IMPORTED).mind();

    assertThat(boundaries(said)).contains(3, 5, 6);
    assertThat(boundaries(imported)).isEqualTo(boundaries(said));
    assertThatEpisodesEndAtBoundaries(said);
    assertThatEpisodesEndAtBoundaries(imported);
  }

  @Test
  void say_behindALittleThatWasSaidElsewhere_endsTheEpisodesBeforeIt() {
    say("bees");
    List<Episode> ended = minds.conversation(SAID).mind().episodes();
    clock.pause(LONG);
    List<LoggedMessage> boats =
        List.of(
            new LoggedMessage(clock.instant(), new ChatMessage.User("boats")),
            new LoggedMessage(clock.instant(), new ChatMessage.Assistant("grey")));
    minds.append(List.of(new TurnLog.Draft(SAID, boats, Map.of())));
    assertThat(minds.conversation(SAID).mind().episodes()).as("it is little").isEqualTo(ended);

    say("and honey");

    Mind mind = minds.conversation(SAID).mind();
    assertThat(boundaries(mind)).contains(1);
    assertThatEpisodesEndAtBoundaries(mind);
  }

  private static List<Integer> boundaries(Mind mind) {
    return IntStream.range(0, mind.turns())
        .filter(turn -> mind.boundaryBefore(turn).isPresent())
        .boxed()
        .toList();
  }

  /** The last episode is still open, and begins where the one before it ends. */
  private static void assertThatEpisodesEndAtBoundaries(Mind mind) {
    List<Integer> ends =
        mind.episodes().stream().map(Episode::span).map(span -> span.end()).toList();
    for (int turn : boundaries(mind)) {
      assertThat(ends)
          .as("turn %d opens an episode", turn)
          .contains(mind.prefixTokens() + mind.startOfTurn(turn));
    }
  }

  private void say(String text) {
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 8));
    EpisodicTurn turn =
        minds.conversation(SAID).say(text, greedy, MindListener.NONE, new CancelToken());
    assertThat(turn.logged()).isPresent();
  }

  private static TurnLog.Draft elsewhere(LoggedTurn turn) {
    return new TurnLog.Draft(IMPORTED, turn.messages(), Map.of());
  }

  /** Stands still but for pauses. */
  private static final class PausingClock extends Clock {
    private volatile Instant now = Instant.EPOCH;

    void pause(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
