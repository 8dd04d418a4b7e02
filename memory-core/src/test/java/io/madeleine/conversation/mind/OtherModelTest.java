package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.testing.model.TinyModel;
import io.madeleine.testing.model.TinyVocabulary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data directory outlives the model that it was begun with. */
final class OtherModelTest {

  private static final ConversationKey KEY = ConversationKey.of("ann", "home");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final List<String> SAID =
      List.of(
          "my sister Zelandra keeps bees in Quillport, in nine yellow hives behind a mill",
          "the garage door has a code with four numbers, and the lamp above it is broken again",
          "Zelandra sells dark honey on Sunday to sailors, bakers, clerks and nuns");

  @TempDir private Path directory;
  private Path first = Path.of("");

  @BeforeEach
  void writeModel() {
    first = TinyModel.GROUPED.writeTo(directory.resolve("first.gguf"));
  }

  @Test
  void say_modelWithASmallerVocabulary_answersAndSpellsTheLogAnew() {
    Path large =
        TinyModel.GROUPED
            .with(TinyVocabulary.SENTENCE_PIECE)
            .writeTo(directory.resolve("large.gguf"));
    List<Integer> ids = new ArrayList<>();
    with(
        large,
        minds -> {
          SAID.forEach(text -> say(minds, text));
          ids.addAll(Arrays.stream(tokens(minds)).boxed().toList());
        });
    with(
        first,
        minds -> {
          int pieces = minds.model().words().tokenizer().vocabulary().size();
          assertThat(Collections.max(ids)).isGreaterThanOrEqualTo(pieces);
          assertThat(say(minds, "what does Zelandra sell").logged()).isPresent();
          assertSpellsTheLog(minds);
        });
  }

  @Test
  void say_modelWithTheSamePiecesInAnotherOrder_spellsTheLogAnew() {
    Path permuted = permuted(first);
    with(first, minds -> SAID.forEach(text -> say(minds, text)));
    with(
        permuted,
        minds -> {
          assertThat(say(minds, "what does Zelandra sell").logged()).isPresent();
          assertSpellsTheLog(minds);
        });
  }

  @Test
  void mind_modelWithOtherWeightsOnly_hasTheSameTokens() {
    Path other = TinyModel.GROUPED.withSeed(2).writeTo(directory.resolve("other.gguf"));
    List<byte[]> before = new ArrayList<>();
    with(
        first,
        minds -> {
          SAID.forEach(text -> say(minds, text));
          before.add(bytes(minds.files(KEY).tokens()));
        });
    with(
        other,
        minds -> {
          assertSpellsTheLog(minds);
          assertThat(bytes(minds.files(KEY).tokens())).isEqualTo(before.getFirst());
          assertThat(say(minds, "what does Zelandra sell").recalled()).isNotEmpty();
        });
  }

  @Test
  void say_tokensThatDoNotSayWhoseTheyAre_areSpelledAnew() {
    List<Path> files = new ArrayList<>();
    with(
        first,
        minds -> {
          SAID.forEach(text -> say(minds, text));
          files.add(minds.files(KEY).tokens());
        });
    byte[] whole = bytes(files.getFirst());
    int head = IntStream.range(0, whole.length).filter(i -> whole[i] == '\n').findFirst().orElse(0);
    write(files.getFirst(), Arrays.copyOfRange(whole, head + 1, whole.length));
    with(
        first,
        minds -> {
          assertSpellsTheLog(minds);
          assertThat(say(minds, "what does Zelandra sell").logged()).isPresent();
          assertThat(bytes(files.getFirst())).startsWith(Arrays.copyOf(whole, head + 1));
        });
  }

  @Test
  void mind_headThatWasCutShort_isWrittenAgainAndTheTurnsWithIt() {
    List<Path> files = new ArrayList<>();
    with(
        first,
        minds -> {
          say(minds, SAID.getFirst());
          files.add(minds.files(KEY).tokens());
        });
    byte[] whole = bytes(files.getFirst());
    write(files.getFirst(), Arrays.copyOf(whole, 20));
    with(first, OtherModelTest::assertSpellsTheLog);
    assertThat(bytes(files.getFirst())).startsWith(Arrays.copyOf(whole, 60));
    with(first, OtherModelTest::assertSpellsTheLog);
  }

  @Test
  void say_aTokenThatTheDiskChanged_opensAndSpellsItsTurnAnew() {
    List<Path> files = new ArrayList<>();
    with(
        first,
        minds -> {
          SAID.forEach(text -> say(minds, text));
          files.add(minds.files(KEY).tokens());
        });
    byte[] damaged = bytes(files.getFirst());
    int head =
        IntStream.range(0, damaged.length).filter(i -> damaged[i] == '\n').findFirst().orElse(0);
    damaged[head + 1 + Long.BYTES + Integer.BYTES] ^= 0x40; // the first token's id, out of reach
    write(files.getFirst(), damaged);
    with(
        first,
        minds -> {
          assertThat(say(minds, "what does Zelandra sell").logged()).isPresent();
          assertSpellsTheLog(minds);
        });
  }

  /** Every turn of the log stands in the mind as this model spells it. */
  private static void assertSpellsTheLog(EpisodicConversations minds) {
    Mind mind = minds.conversation(KEY, List.of()).mind();
    List<LoggedTurn> turns = minds.log().turns(KEY);
    assertThat(mind.turns()).isEqualTo(turns.size());
    for (int place = 0; place < turns.size(); place++) {
      int[] ids =
          IntStream.range(mind.startOfTurn(place), mind.startOfTurn(place + 1))
              .map(mind::token)
              .toArray();
      assertThat(minds.model().words().tokenizer().decode(ids))
          .contains(turns.get(place).messages().getFirst().body().text());
    }
  }

  private static int[] tokens(EpisodicConversations minds) {
    Mind mind = minds.conversation(KEY, List.of()).mind();
    return IntStream.range(0, mind.startOfTurn(mind.turns())).map(mind::token).toArray();
  }

  /** {@return a model whose letters have one another's ids} */
  private Path permuted(Path model) {
    try (GgufFile file = GgufFile.open(model)) {
      List<String> pieces = new ArrayList<>(file.metadata().strings("tokenizer.ggml.tokens"));
      Collections.reverse(pieces.subList(0, TinyModel.BYTES));
      Path permuted = directory.resolve("permuted.gguf");
      TinyModel.GROUPED.writer().strings("tokenizer.ggml.tokens", pieces).writeTo(permuted);
      return permuted;
    }
  }

  private static EpisodicTurn say(EpisodicConversations minds, String text) {
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 8));
    return minds
        .conversation(KEY, List.of())
        .say(text, greedy, MindListener.NONE, new CancelToken());
  }

  private void with(Path model, Consumer<EpisodicConversations> what) {
    Path data = directory.resolve("data");
    try (var log = TurnLog.open(data.resolve("history"), CLOCK);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var ready =
            ReadyModel.open(model, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
        var minds = new EpisodicConversations(ready, log, index, data, SmallMinds.SMALL, CLOCK)) {
      index.follow(log);
      what.accept(minds);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
