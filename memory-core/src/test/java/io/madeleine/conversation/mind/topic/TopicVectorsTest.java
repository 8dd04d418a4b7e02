package io.madeleine.conversation.mind.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.index.Embedder;
import io.madeleine.testing.Interrupted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An embedder is somebody else's model. */
final class TopicVectorsTest {

  private static final Episode EPISODE =
      new Episode("0123456789abcdef0123456789abcdef", new TokenSpan(5, 40), 0, 0);

  @TempDir private Path directory;

  @Test
  void of_embedderThatNeverAnswers_isWaitedForOnceAndAskedNoMore() {
    var embedder = new Hanging();
    TopicVectors vectors = open(embedder, Duration.ofMillis(1));

    assertThat(vectors.of(EPISODE, "bees", TopicVectorsTest::nothing)).isEmpty();
    assertThat(vectors.of(EPISODE, "bees", TopicVectorsTest::nothing)).isEmpty();
    assertThat(vectors.ofQuestion("bees?", TopicVectorsTest::nothing)).isEmpty();
    assertThat(embedder.asked.get()).isLessThanOrEqualTo(1);
    assertThat(
            open(new Hanging(0), Duration.ofDays(1)).of(EPISODE, "bees", TopicVectorsTest::nothing))
        .isPresent();
  }

  @Test
  void of_toldToStopWhileItWaits_stopsAndAsksAgainLater() {
    var embedder = new Hanging();
    TopicVectors vectors = open(embedder, Duration.ofDays(1));
    Runnable stop =
        () -> {
          throw new CancellationException("enough");
        };
    assertThatThrownBy(() -> vectors.of(EPISODE, "bees", stop)).hasMessage("enough");
    embedder.answers.countDown();
    assertThat(vectors.of(EPISODE, "bees", TopicVectorsTest::nothing)).isPresent();
  }

  @Test
  void of_vectorOfAnotherLengthThanSaid_isRefusedAndNotWritten() {
    var embedder = new Fickle();
    TopicVectors vectors = open(embedder, Duration.ofDays(1));
    assertThat(vectors.of(episode(1), "bees", TopicVectorsTest::nothing)).isPresent();
    embedder.length = 3;
    assertThat(vectors.of(episode(2), "wasps", TopicVectorsTest::nothing)).isEmpty();
    embedder.length = 2;
    TopicVectors later = open(embedder, Duration.ofDays(1));
    assertThat(later.of(episode(3), "ants", TopicVectorsTest::nothing)).isPresent();
    int asked = embedder.asked;

    TopicVectors again = open(embedder, Duration.ofDays(1));

    assertThat(again.of(episode(1), "bees", TopicVectorsTest::nothing)).isPresent();
    assertThat(again.of(episode(3), "ants", TopicVectorsTest::nothing)).isPresent();
    assertThat(embedder.asked).as("both were read from the file").isEqualTo(asked);
  }

  @Test
  void open_everythingIsThere_writesNothing() throws IOException {
    var embedder = new Fickle();
    hear(open(embedder), 1, 2);
    Files.setLastModifiedTime(file(), FileTime.fromMillis(0));
    byte[] before = Files.readAllBytes(file());

    hear(open(embedder), 1, 2);

    assertThat(embedder.asked).isEqualTo(2);
    assertThat(Files.readAllBytes(file())).isEqualTo(before);
    assertThat(Files.getLastModifiedTime(file())).isEqualTo(FileTime.fromMillis(0));
  }

  @Test
  void open_nothingWasSaidYet_writesNothing() {
    open(new Fickle());

    assertThat(file()).doesNotExist();
  }

  @Test
  void open_crashCutTheLastOneShort_keepsTheOthersAndCutsItOffWithTheNext() throws IOException {
    var embedder = new Fickle();
    hear(open(embedder), 1, 2);
    byte[] whole = Files.readAllBytes(file());
    for (int cut = 1; cut < (whole.length - "fickle".length() - 2) / 2; cut++) {
      byte[] left = Arrays.copyOf(whole, whole.length - cut);
      Files.write(file(), left);
      TopicVectors vectors = open(embedder);
      embedder.asked = 0;
      hear(vectors, 1);
      assertThat(embedder.asked).isZero();
      assertThat(Files.readAllBytes(file())).isEqualTo(left);

      hear(vectors, 2);

      assertThat(embedder.asked).isOne();
      assertThat(Files.readAllBytes(file())).isEqualTo(whole);
    }
  }

  @Test
  void open_anothersVectors_goWhenTheFirstOfItsOwnComes() throws IOException {
    hear(open(new Fickle()), 1);
    byte[] before = Files.readAllBytes(file());
    var other = new Fickle("other");
    TopicVectors vectors = open(other);
    assertThat(Files.readAllBytes(file())).isEqualTo(before);

    hear(vectors, 1);

    hear(open(other), 1);
    assertThat(other.asked).isOne();
    var back = new Fickle();
    hear(open(back), 1);
    assertThat(back.asked).isOne();
  }

  @Test
  void open_fileCannotBeRead_goesOnWithoutAndLeavesItAlone() throws IOException {
    Files.createDirectories(file());
    var embedder = new Fickle();

    hear(open(embedder), 1, 1);

    assertThat(embedder.asked).isOne();
    assertThat(file()).isEmptyDirectory();
    assertThatThrownBy(() -> TopicVectors.keepOnly(Optional.of(embedder), file(), Set.of()))
        .isInstanceOf(IOException.class);
  }

  @Test
  void keepOnly_some_theOthersAreMadeAgain() throws IOException {
    var embedder = new Fickle();
    hear(open(embedder), 1, 2, 3);

    TopicVectors.keepOnly(
        Optional.of(embedder), file(), Set.of(episode(1).id(), episode(3).id(), "of nobody"));

    embedder.asked = 0;
    hear(open(embedder), 1, 3);
    assertThat(embedder.asked).isZero();
    hear(open(embedder), 2);
    assertThat(embedder.asked).isOne();
    assertThat(directory).isDirectoryNotContaining("glob:**.draft");
  }

  @Test
  void keepOnly_cannotBeWritten_leavesTheFileAsItWas() throws IOException {
    var embedder = new Fickle();
    hear(open(embedder), 1, 2);
    byte[] before = Files.readAllBytes(file());
    Files.createDirectories(directory.resolve("topic-vectors.draft").resolve("in the way"));

    assertThatThrownBy(() -> TopicVectors.keepOnly(Optional.of(embedder), file(), Set.of()))
        .isInstanceOf(IOException.class);

    assertThat(Files.readAllBytes(file())).isEqualTo(before);
  }

  @Test
  void appendAndKeepOnly_onAnInterruptedThread_areWrittenDown() throws Exception {
    var embedder = new Fickle();
    hear(open(embedder), 1, 2);
    Files.write(file(), new byte[] {0}, StandardOpenOption.APPEND); // half a vector
    var vectors = new VectorFile(file(), embedder);
    Interrupted.during(
        () -> {
          vectors.read();
          vectors.append(episode(3).id(), new float[2]);
          vectors.keepOnly(Set.of(episode(1).id(), episode(3).id()));
          return vectors;
        });

    assertThat(new VectorFile(file(), embedder).read())
        .containsOnlyKeys(episode(1).id(), episode(3).id());
  }

  @Test
  void keepOnly_byWords_leavesNoFileAndNoDraftThatACrashLeft() throws IOException {
    hear(open(new Fickle()), 1);
    Files.writeString(directory.resolve("topic-vectors.draft"), "half");

    TopicVectors.keepOnly(Optional.empty(), file(), Set.of(episode(1).id()));

    assertThat(directory).isEmptyDirectory();
  }

  private static void hear(TopicVectors vectors, int... episodes) {
    for (int each : episodes) {
      assertThat(vectors.of(episode(each), "bees", TopicVectorsTest::nothing)).isPresent();
    }
  }

  private TopicVectors open(Embedder embedder) {
    return open(embedder, Duration.ofDays(1));
  }

  private Path file() {
    return directory.resolve("topic-vectors");
  }

  private static Episode episode(int number) {
    return new Episode("%032x".formatted(number), new TokenSpan(5, 40), 0, 0);
  }

  private static void nothing() {}

  private TopicVectors open(Embedder embedder, Duration patience) {
    return TopicVectors.open(embedder, file(), patience);
  }

  /** Says two, and may give others. */
  private static final class Fickle implements Embedder {
    private final String name;
    private volatile int length = 2;
    private volatile int asked;

    Fickle() {
      this("fickle");
    }

    Fickle(String name) {
      this.name = name;
    }

    @Override
    public String fingerprint() {
      return name;
    }

    @Override
    public int dimension() {
      return 2;
    }

    @Override
    public synchronized List<float[]> embed(List<String> texts) {
      asked++;
      return texts.stream().map(text -> new float[length]).toList();
    }
  }

  /** Answers when it is let go. */
  private static final class Hanging implements Embedder {
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch answers;

    Hanging() {
      this(1);
    }

    Hanging(int held) {
      answers = new CountDownLatch(held);
    }

    @Override
    public String fingerprint() {
      return "hanging";
    }

    @Override
    public int dimension() {
      return 2;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
      asked.incrementAndGet();
      try {
        answers.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return texts.stream().map(text -> new float[] {1, 0}).toList();
    }
  }
}
