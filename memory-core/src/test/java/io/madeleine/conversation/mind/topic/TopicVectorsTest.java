package io.madeleine.conversation.mind.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.index.Embedder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
  void of_embedderThatNeverAnswers_isWaitedForOnceAndAskedNoMore() throws IOException {
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
  void of_toldToStopWhileItWaits_stopsAndAsksAgainLater() throws IOException {
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
  void of_vectorOfAnotherLengthThanSaid_isRefusedAndNotWritten() throws IOException {
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

  private static Episode episode(int number) {
    return new Episode("%032x".formatted(number), new TokenSpan(5, 40), 0, 0);
  }

  private static void nothing() {}

  private TopicVectors open(Embedder embedder, Duration patience) throws IOException {
    return TopicVectors.open(embedder, directory.resolve("topic-vectors"), patience);
  }

  /** Says two, and may give others. */
  private static final class Fickle implements Embedder {
    private volatile int length = 2;
    private volatile int asked;

    @Override
    public String fingerprint() {
      return "fickle";
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
