package io.madeleine.memory.index;

import static io.madeleine.memory.index.TurnIndexTest.found;
import static io.madeleine.memory.index.TurnIndexTest.turn;
import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.match.Matches;
import io.madeleine.memory.index.schema.TurnFilter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Turns get their vectors beside the talk, whatever the embedder does. */
final class VectorizerTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");

  @TempDir Path directory;

  @Test
  void erase_turnAndItsVectorToCome_areNeverFoundAgain() throws InterruptedException {
    var embedder = new WordEmbedder("words", 32);
    embedder.failing(true);
    try (var index = open(Optional.of(embedder))) {
      index.addAll(
          List.of(
              turn(HOME, 1, 0, "Ann", "the secret dog"), turn(HOME, 2, 1, "Ann", "the loud cat")));
      index.erase(List.of(1L));
      embedder.failing(false);

      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(found(index, TurnFilter.in(HOME), "secret dog")).isEmpty();
      assertThat(index.report().turns()).isEqualTo(1);
    }
  }

  @Test
  void search_embedderFails_decidesByWordsAndFillsInLater() throws InterruptedException {
    var embedder = new WordEmbedder("words", 32);
    embedder.failing(true);
    try (var index = open(Optional.of(embedder))) {
      index.addAll(List.of(turn(HOME, 1, 0, "Ann", "My dog is called Rex.")));

      Matches without = index.search(TurnFilter.in(HOME), "dog");
      assertThat(without.hasCosine(0)).isFalse();
      assertThat(without.sequence(0)).isEqualTo(1);
      assertThat(index.report().notes()).anyMatch(note -> note.contains("no model today"));
      assertThat(index.report().vectorsWaiting()).isEqualTo(1);

      embedder.failing(false);
      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.search(TurnFilter.in(HOME), "dog").hasCosine(0)).isTrue();
      assertThat(index.report().vectorsWaiting()).isZero();
    }
  }

  /** A long queue, and one in which a text that is refused leaves no room for another. */
  @ParameterizedTest
  @ValueSource(longs = {16 << 20, 1})
  void addAll_textsThatTheEmbedderRefuses_waitAloneUntilTheyAreTaken(long queueBytes)
      throws InterruptedException {
    var alone = new CountDownLatch(3); // the third time comes after all others
    var embedder = new WordEmbedder("words", 32);
    embedder.first(
        texts -> {
          if (texts.stream().anyMatch(text -> text.contains("pasted"))) {
            if (texts.size() == 1) {
              alone.countDown();
            }
            throw new IllegalArgumentException("HTTP 400");
          }
        });
    try (var index =
        TurnIndex.open(
            directory, options(Duration.ofSeconds(2), queueBytes), Optional.of(embedder))) {
      index.addAll(
          IntStream.range(0, 70)
              .mapToObj(i -> turn(HOME, i + 1, i, "Ann", i % 50 == 0 ? "pasted " + i : "word " + i))
              .toList());

      assertThat(alone.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(index.report().vectorsWaiting()).isEqualTo(2);
      assertThat(index.report().notes()).anyMatch(note -> note.contains("HTTP 400"));
      assertThat(found(index, TurnFilter.in(HOME), "pasted")).containsExactly(1L, 51L);
      embedder.first(texts -> {});
      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().vectorsWaiting()).isZero();
      assertThat(index.report().notes()).noneMatch(note -> note.contains("HTTP 400"));
    }
  }

  /** In batches, and not with one call a turn, once the embedder is back. */
  @Test
  void addAll_manyTurnsWhileTheEmbedderIsAway_areEmbeddedTogetherAfterwards()
      throws InterruptedException {
    int turns = 96;
    var alone = IntStream.range(0, turns).mapToObj(i -> new CountDownLatch(1)).toList();
    var embedder = new WordEmbedder("words", 32);
    embedder.first(
        texts -> {
          if (texts.size() == 1) {
            alone.get(Integer.parseInt(texts.getFirst().substring("word ".length()))).countDown();
          }
          throw new IllegalStateException("away");
        });
    try (var index = open(Optional.of(embedder))) {
      for (int i = 0; i < turns; i++) {
        index.addAll(List.of(turn(HOME, i + 1, i, "Ann", "word " + i)));
        assertThat(alone.get(i).await(60, TimeUnit.SECONDS)).isTrue();
      }
      embedder.first(texts -> {});
      int before = embedder.asked();
      index.addAll(List.of(turn(HOME, turns + 1, turns, "Ann", "the model is back")));

      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().vectorsWaiting()).isZero();
      assertThat(embedder.asked() - before).isLessThan(15);
    }
  }

  @Test
  void addAll_theEmbedderThrowsAnErrorOnce_isAskedAgain() throws InterruptedException {
    var well = new AtomicBoolean();
    var embedder = new WordEmbedder("words", 32);
    embedder.first(
        texts -> {
          if (!well.getAndSet(true)) {
            throw new StackOverflowError("too deep");
          }
        });
    try (var index = open(Optional.of(embedder))) {
      index.addAll(List.of(turn(HOME, 1, 0, "Ann", "My dog is called Rex.")));

      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().vectorsWaiting()).isZero();
    }
  }

  @Test
  void addAll_theEmbedderGivesNoVector_waitsUntilItDoes() throws InterruptedException {
    var words = new WordEmbedder("words", 32);
    var asked = new AtomicInteger();
    Embedder forgetful =
        new Embedder() {
          @Override
          public String fingerprint() {
            return "forgetful";
          }

          @Override
          public int dimension() {
            return 32;
          }

          @Override
          public List<float[]> embed(List<String> texts) {
            return asked.getAndIncrement() < 2 ? List.of() : words.embed(texts);
          }
        };
    try (var index = open(Optional.of(forgetful))) {
      index.addAll(List.of(turn(HOME, 1, 0, "Ann", "the dog"), turn(HOME, 2, 1, "Ann", "the cat")));

      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().vectorsWaiting()).isZero();
    }
  }

  /** The index takes the length of its first vector; another one must not get that far. */
  @Test
  void addAll_vectorsOfAnotherLengthThanSaid_blamesTheEmbedderAndGivesBothLengths()
      throws InterruptedException {
    var twice = new CountDownLatch(2); // the second time what became of the first has been noted
    var embedder = new Shortened(twice);
    try (var index = open(Optional.of(embedder))) {
      index.addAll(List.of(turn(HOME, 1, 0, "Ann", "My dog is called Rex.")));

      assertThat(twice.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(index.report().notes())
          .anyMatch(note -> note.startsWith("the embedder failed"))
          .anyMatch(note -> note.contains("a vector of 31 numbers, but its dimension is 32"))
          .noneMatch(note -> note.contains("could not be written"));
      embedder.missing = 0;
      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.search(TurnFilter.in(HOME), "dog").hasCosine(0)).isTrue();

      embedder.missing = 1;
      assertThat(found(index, TurnFilter.in(HOME), "dog")).containsExactly(1L);
      assertThat(index.report().notes())
          .anyMatch(note -> note.startsWith("the embedder failed, words alone decide"));
    }
  }

  /** Gives shorter vectors than it says. */
  private static final class Shortened implements Embedder {
    private final WordEmbedder words = new WordEmbedder("words", 32);
    private final CountDownLatch asked;
    private volatile int missing = 1;

    Shortened(CountDownLatch asked) {
      this.asked = asked;
    }

    @Override
    public String fingerprint() {
      return "shortened";
    }

    @Override
    public int dimension() {
      return words.dimension();
    }

    @Override
    public List<float[]> embed(List<String> texts) {
      asked.countDown();
      return words.embed(texts).stream()
          .map(vector -> Arrays.copyOf(vector, vector.length - missing))
          .toList();
    }
  }

  @Test
  void search_embedderNeverAnswers_decidesByWords() {
    IndexOptions options = options(Duration.ofMillis(50), 1 << 20);
    var never = new CountDownLatch(1);
    Embedder slow =
        new Embedder() {
          @Override
          public String fingerprint() {
            return "slow";
          }

          @Override
          public int dimension() {
            return 2;
          }

          @Override
          public List<float[]> embed(List<String> texts) {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return texts.stream().map(text -> new float[] {1, 0}).toList();
          }
        };
    try (var index = TurnIndex.open(directory, options, Optional.of(slow))) {
      index.addAll(List.of(turn(HOME, 1, 0, "Ann", "My dog is called Rex.")));

      assertThat(found(index, TurnFilter.in(HOME), "dog")).containsExactly(1L);
      never.countDown();
    }
  }

  @Test
  void vectorQueue_fullBudget_waitsOnDiskAndIsFilledAllTheSame() throws InterruptedException {
    IndexOptions tiny = options(Duration.ofSeconds(2), 40_000);
    try (var index = TurnIndex.open(directory, tiny, Optional.of(new WordEmbedder("words", 32)))) {
      index.addAll(
          IntStream.range(0, 700).mapToObj(i -> turn(HOME, i + 1, i, "Ann", "word " + i)).toList());

      assertThat(index.awaitVectors(60_000)).isTrue();
      assertThat(index.report().vectorsWaiting()).isZero();
    }
  }

  private TurnIndex open(Optional<Embedder> embedder) {
    return TurnIndex.open(directory, IndexOptions.DEFAULT, embedder);
  }

  private static IndexOptions options(Duration questionWithin, long vectorQueueBytes) {
    return new IndexOptions(
        IndexOptions.Vectors.FLOAT,
        Duration.ofSeconds(5),
        Duration.ofSeconds(60),
        4_096,
        96,
        questionWithin,
        vectorQueueBytes);
  }
}
