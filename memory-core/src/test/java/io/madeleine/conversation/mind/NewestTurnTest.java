package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever forgets the newest turn, and asks again, waits for no reading of all that was said. */
final class NewestTurnTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "home");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final String LONG =
      "the harbour master counts grey boats in Quillport. ".repeat(12);

  @TempDir private Path directory;
  private TurnLog log;
  private TurnIndex index;
  private ReadyModel ready;
  private EpisodicConversations minds;
  private final OneDirection embedder = new OneDirection();

  @BeforeEach
  void open() {
    Path model = TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf"));
    log = TurnLog.open(directory.resolve("history"), CLOCK);
    index = TurnIndex.open(directory.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
    ready = ReadyModel.open(model, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
    minds = minds();
  }

  private EpisodicConversations minds() {
    return new EpisodicConversations(
        ready, log, index, directory, SmallMinds.SMALL, CLOCK, Optional.of(embedder));
  }

  @AfterEach
  void close() {
    minds.close();
    ready.close();
    index.close();
    log.close();
  }

  @Test
  void erase_theNewestTurn_leavesWhatWasReadBeforeItAndNothingOfIt() throws IOException {
    for (int turn = 0; turn < 4; turn++) {
      say("box %d is in the garage, behind the boat that needs green paint".formatted(turn));
    }
    byte[] tokens = Files.readAllBytes(minds.files(KEY).tokens());
    List<String> before = ids(minds.conversation(KEY).mind());
    say(LONG);
    List<String> gone = new ArrayList<>(ids(minds.conversation(KEY).mind()));

    minds.erase(new Erasure.OfTurn(KEY, log.turns(KEY).getLast().sequence()));

    assertThat(minds.files(KEY).tokens()).hasBinaryContent(tokens);
    List<String> read = say("what is in the garage");
    assertThat(read).as("of what was said before, before an answer").isEmpty();
    minds.erase(new Erasure.OfTurn(KEY, log.turns(KEY).getLast().sequence()));
    Mind mind = minds.conversation(KEY).mind();
    assertThat(before).isNotEmpty();
    assertThat(ids(mind)).containsAll(before);
    assertThat(mind.turns()).isEqualTo(4);
    gone.removeAll(ids(mind));
    assertThat(gone).isNotEmpty();
    assertThat(vectors()).contains(before).doesNotContain(gone);
    assertThat(spans()).doesNotContainAnyElementsOf(gone).containsAll(before);
  }

  @Test
  void erase_anOlderTurn_takesAllThatWasReadBehindIt() {
    say(LONG);
    say("box 1 is in the garage");
    List<String> before = ids(minds.conversation(KEY).mind());
    minds.erase(new Erasure.OfTurn(KEY, log.turns(KEY).getFirst().sequence()));

    assertThat(before).isNotEmpty();
    assertThat(minds.files(KEY).tokens()).doesNotExist();
    assertThat(minds.conversation(KEY).mind().turns()).isEqualTo(1);
  }

  @Test
  void erase_killedOnItsWay_leavesNothingOfTheTurnToTheNextProcess() throws IOException {
    say("box 1 is in the garage, behind the boat that needs green paint");
    say(LONG);
    List<String> before = ids(minds.conversation(KEY).mind());
    embedder.killed = true;
    assertThatThrownBy(
            () -> minds.erase(new Erasure.OfTurn(KEY, log.turns(KEY).getLast().sequence())))
        .isInstanceOf(InternalError.class);
    embedder.killed = false;
    minds.close();

    minds = minds();
    List<String> now = ids(minds.conversation(KEY).mind());

    assertThat(now).doesNotContainAnyElementsOf(before); // whatever it cannot trust is read again
    assertThat(spans()).containsExactlyInAnyOrderElementsOf(now);
    assertThat(vectors()).doesNotContain(before);
  }

  private List<String> spans() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("spans"))) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString().replace(".span", ""))
          .toList();
    }
  }

  /** {@return what lies in the file, which is there once an episode has a vector} */
  private String vectors() throws IOException {
    Path file = minds.files(KEY).topicVectors();
    return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
  }

  private static List<String> ids(Mind mind) {
    return mind.episodes().stream().map(Episode::id).toList();
  }

  /** Says something; {@return what it heard of reading what was said before} */
  private List<String> say(String text) {
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 4));
    List<String> heard = new ArrayList<>();
    var listener =
        new MindListener() {
          @Override
          public void reading(int read, int all) {
            heard.add("%d of %d".formatted(read, all));
          }
        };
    assertThat(minds.conversation(KEY).say(text, greedy, listener, new CancelToken()).logged())
        .isPresent();
    return heard;
  }

  /** Finds everything alike. */
  private static final class OneDirection implements Embedder {
    private volatile boolean killed;

    @Override
    public String fingerprint() {
      if (killed) {
        throw new InternalError("where a kill may come");
      }
      return "one";
    }

    @Override
    public int dimension() {
      return 2;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
      return texts.stream().map(text -> new float[] {1, 0}).toList();
    }

    @Override
    public float[] embedQuery(String text) {
      return new float[] {1, 0};
    }
  }
}
