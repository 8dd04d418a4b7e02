package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.episode.EpisodeList;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a kill left behind when a whole conversation was forgotten goes without anybody's asking.
 */
final class SweepTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");
  private static final ConversationKey WORK = ConversationKey.of("ann", "work");
  private static final ConversationKey BOBS = ConversationKey.of("bob", "home");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  @TempDir private Path directory;

  @BeforeEach
  void talk() {
    open(
        minds -> {
          for (ConversationKey key : List.of(HOME, WORK, BOBS)) {
            for (int turn = 0; turn < 4; turn++) {
              say(
                  minds,
                  key,
                  key.id() + " is where my sister Zelandra keeps bees, behind the mill");
            }
          }
        });
  }

  @Test
  void open_afterACrashBehindTheErasureOfAConversation_leavesWhatTheOperatorToldAlone()
      throws IOException {
    List<String> forgotten = EpisodeList.ids(files(HOME).episodes());
    List<String> kept = EpisodeList.ids(files(WORK).episodes());
    for (ConversationKey key : List.of(HOME, WORK, BOBS)) {
      Files.createDirectories(snapshot(key).getParent());
      Files.createFile(snapshot(key));
    }
    eraseFromTheLogAlone(new Erasure.OfConversation(HOME));
    open(minds -> {});

    assertThat(filesIn("minds")).contains("instruction", "tokens");
    assertThat(files(HOME).tokens()).doesNotExist();
    assertThat(files(HOME).episodes()).doesNotExist();
    assertThat(files(HOME).instruction()).exists();
    assertThat(files(WORK).tokens()).exists();
    assertThat(snapshot(HOME)).doesNotExist();
    assertThat(List.of(snapshot(WORK), snapshot(BOBS)))
        .allSatisfy(left -> assertThat(left).exists());
    assertThat(forgotten).isNotEmpty();
    assertThat(filesIn("spans"))
        .doesNotContainAnyElementsOf(forgotten.stream().map(id -> id + ".span").toList())
        .containsAll(kept.stream().map(id -> id + ".span").toList());
  }

  @Test
  void open_afterACrashBehindTheErasureOfATenant_leavesNoKeyAndNoSpan() throws IOException {
    List<String> bobs = EpisodeList.ids(files(BOBS).episodes());
    eraseFromTheLogAlone(new Erasure.OfTenant(HOME.tenant()));
    open(minds -> {});

    for (ConversationKey key : List.of(HOME, WORK)) {
      assertThat(files(key).tokens()).doesNotExist();
      assertThat(files(key).episodes()).doesNotExist();
      assertThat(files(key).instruction()).exists();
    }
    assertThat(files(BOBS).tokens()).exists();
    assertThat(filesIn("keys")).hasSize(1);
    assertThat(filesIn("spans"))
        .isNotEmpty()
        .containsExactlyInAnyOrderElementsOf(bobs.stream().map(id -> id + ".span").toList());
  }

  @Test
  void open_conversationThatNobodyHasSpokenIn_keepsWhatTheOperatorTold() {
    ConversationKey later = ConversationKey.of("cleo", "later");
    open(minds -> minds.conversation(later, List.of(new ChatMessage.System("be brief"))));
    open(
        minds ->
            assertThat(minds.conversation(later).instruction())
                .containsExactly(new ChatMessage.System("be brief")));
  }

  @Test
  void open_someOfItCannotBeDeleted_opensAllTheSameAndTakesTheRest() throws IOException {
    Files.delete(files(HOME).episodes());
    Files.createDirectories(files(HOME).episodes());
    eraseFromTheLogAlone(new Erasure.OfTenant(HOME.tenant()));
    open(minds -> say(minds, BOBS, "we are open"));

    assertThat(files(HOME).tokens()).doesNotExist();
    assertThat(files(HOME).episodes()).exists();
    assertThat(files(WORK).tokens()).doesNotExist();
    assertThat(files(WORK).episodes()).doesNotExist();
    assertThat(files(BOBS).tokens()).exists();
  }

  /** As a process does that is killed behind it. */
  private void eraseFromTheLogAlone(Erasure request) {
    try (var log = TurnLog.open(data().resolve("log"), CLOCK)) {
      assertThat(log.erase(request).turns()).isPositive();
    }
  }

  private Path data() {
    return directory.resolve("data");
  }

  private MindFiles files(ConversationKey key) {
    return MindFiles.of(data(), key);
  }

  /** As a plain conversation leaves it in the same directory. */
  private Path snapshot(ConversationKey key) {
    Path place = data().resolve("minds").relativize(files(key).directory());
    return data().resolve("snapshots").resolve(place + ".kv");
  }

  private List<String> filesIn(String part) throws IOException {
    try (Stream<Path> files = Files.walk(data().resolve(part))) {
      return files.filter(Files::isRegularFile).map(file -> file.toFile().getName()).toList();
    }
  }

  private void open(Consumer<EpisodicConversations> what) {
    Path model = directory.resolve("tiny.gguf");
    if (!Files.exists(model)) {
      TinyModel.GROUPED.writeTo(model);
    }
    try (var log = TurnLog.open(data().resolve("log"), CLOCK);
        var index =
            TurnIndex.open(data().resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var ready =
            ReadyModel.open(model, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
        var minds = new EpisodicConversations(ready, log, index, data(), SmallMinds.SMALL, CLOCK)) {
      what.accept(minds);
    }
  }

  private static void say(EpisodicConversations minds, ConversationKey key, String text) {
    var told = List.<ChatMessage>of(new ChatMessage.System("speak of bees"));
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 8));
    minds.conversation(key, told).say(text, greedy, MindListener.NONE, new CancelToken());
  }
}
