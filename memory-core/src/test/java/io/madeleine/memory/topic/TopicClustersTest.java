package io.madeleine.memory.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TopicClustersTest {

  @Test
  void of_threeTightGroups_findsThem() {
    List<float[]> vectors = new ArrayList<>();
    var random = new SplittableRandom(1);
    for (int i = 0; i < 30; i++) {
      vectors.add(near(random, i % 3));
    }

    var clusters = TopicClusters.of(vectors, /* topics= */ 3, /* restarts= */ 10, /* seed= */ 42);

    for (int i = 3; i < 30; i++) {
      assertThat(clusters.topicOf(i)).isEqualTo(clusters.topicOf(i % 3));
    }
    assertThat(IntStream.range(0, 3).map(clusters::topicOf).distinct()).hasSize(3);
  }

  private static float[] near(SplittableRandom random, int axis) {
    float[] vector = new float[8];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = 0.1f * random.nextFloat() + (i == axis ? 1 : 0);
    }
    return vector;
  }

  @Test
  void route_tightAndLooseTopic_cosineChoosesTheLoose() {
    float[] tight = {.9f, .1f};
    float[] loose = {.35f, .45f};
    float[] query = {.6f, .8f};

    assertThat(Vectors.dot(query, tight)).isCloseTo(.62, within(1e-6));
    assertThat(Vectors.dot(query, loose)).isCloseTo(.57, within(1e-6));
    assertThat(Vectors.cosine(query, tight)).isCloseTo(.684675, within(1e-6));
    assertThat(Vectors.cosine(query, loose)).isCloseTo(.999846, within(1e-6));
  }

  @Test
  void medoids_fewAskedFor_areTheNearestInOrder() {
    List<float[]> vectors =
        List.of(
            new float[] {1, .5f}, new float[] {1, 0}, new float[] {1, -.4f}, new float[] {1, .1f});

    var clusters = TopicClusters.of(vectors, 1, 1, 7);

    assertThat(clusters.medoids(/* topic= */ 0, /* count= */ 2)).containsExactly(1, 3);
    assertThat(clusters.medoids(0, TopicClusters.DEFAULT_MEDOIDS)).containsExactly(0, 1, 2, 3);
  }

  @Test
  void of_fewerWindowsThanTopics_givesEachItsOwn() {
    var clusters = TopicClusters.of(List.of(new float[] {1, 0}, new float[] {0, 1}), 4, 3, 1);

    assertThat(clusters.topics()).isEqualTo(2);
    assertThat(clusters.inertia()).isZero();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#few")
  void everyTopicHasAWindow_everyWindowItsNearestTopic(long seed) {
    var random = new SplittableRandom(seed);
    List<float[]> vectors = new ArrayList<>();
    for (int i = random.nextInt(1, 60); i > 0; i--) {
      vectors.add(near(random, random.nextInt(8)));
    }
    int topics = random.nextInt(1, 12);

    var clusters = TopicClusters.of(vectors, topics, 4, seed);

    assertThat(clusters.topics()).isEqualTo(Math.min(topics, vectors.size()));
    for (int topic = 0; topic < clusters.topics(); topic++) {
      assertThat(clusters.medoids(topic, 99)).isNotEmpty();
    }
    assertThat(TopicClusters.of(vectors, topics, 4, seed).inertia()).isEqualTo(clusters.inertia());
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#few")
  void moreRestarts_neverWorse(long seed) {
    var random = new SplittableRandom(seed);
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      vectors.add(near(random, random.nextInt(8)));
    }

    double once = TopicClusters.of(vectors, 5, 1, seed).inertia();

    assertThat(TopicClusters.of(vectors, 5, 10, seed).inertia()).isLessThanOrEqualTo(once);
  }

  @Test
  void over_nineUtterances_makesTwoWindowsAndARest() {
    var said = List.of(new UtteranceWindow.Utterance("Ana", "hello"));
    List<UtteranceWindow.Utterance> nine = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      nine.addAll(said);
    }

    var windows = UtteranceWindow.over(nine, UtteranceWindow.DEFAULT_SIZE);

    assertThat(windows).extracting(UtteranceWindow::first).containsExactly(0, 4, 8);
    assertThat(windows).extracting(UtteranceWindow::utterances).containsExactly(4, 4, 1);
    assertThat(windows.getLast().text()).isEqualTo("Ana said, \"hello\"\n");
  }
}
