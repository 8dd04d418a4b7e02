package io.madeleine.memory.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TopicsTest {

  private static final float[] SAILING = {1, 0, 0};
  private static final float[] BAKING = {0, 1, 0};

  @Test
  void add_farFromEveryTopic_opensANewOne() {
    var topics = new Topics(TopicSettings.DEFAULT);

    var first = topics.add("e1", SAILING, "the regatta on Sunday");
    var second = topics.add("e2", BAKING, "sourdough bread");
    var third = topics.add("e3", new float[] {.9f, .1f, 0}, "another regatta");

    assertThat(first.topic()).isZero();
    assertThat(second).isEqualTo(new TopicAssignment(1, 0, true, Map.of()));
    assertThat(third.topic()).isZero();
    assertThat(third.opened()).isFalse();
  }

  @Test
  void topics_labels_areTheWordsThatOnlyOneSays() {
    var topics = new Topics(TopicSettings.DEFAULT);
    topics.add("e1", SAILING, "really windy: the sails, the sails and the harbour");
    topics.add("e2", BAKING, "really good sourdough, sourdough with rye flour");

    assertThat(topics.topics().get(0).label()).startsWith("sails").doesNotContain("really");
    assertThat(topics.topics().get(1).label()).startsWith("sourdough");
  }

  @Test
  void add_topicOutgrowsItsBound_dividesAndKeepsTheOldId() {
    var topics = new Topics(new TopicSettings(/* threshold= */ -1, 4, 9, 0, 1));
    topics.add("s1", SAILING, "");
    topics.add("s2", SAILING, "");
    topics.add("s3", SAILING, "");
    topics.add("b1", BAKING, "");

    var outgrown = topics.add("b2", BAKING, "");

    assertThat(outgrown.topic()).isEqualTo(1);
    assertThat(outgrown.moved()).isEqualTo(Map.of("b1", 1));
    assertThat(topics.topics()).extracting(Topic::episodes).containsExactly(3, 2);
  }

  @ParameterizedTest(name = "all are {0}")
  @MethodSource("same")
  void add_theSameVectorAgainAndAgain_staysOneTopicAndLeavesTheOthersTheirPlaces(float[] same) {
    var topics = new Topics(TopicSettings.DEFAULT);
    for (int i = 0; i < 200; i++) {
      assertThat(topics.add("e" + i, same, "go on").topic()).isZero();
    }

    assertThat(topics.topics()).extracting(Topic::episodes).containsExactly(200);
    assertThat(topics.vectors()).isEqualTo(TopicSettings.DEFAULT.largestTopic());
    assertThat(topics.add("b", BAKING, "bread").topic()).isEqualTo(1);
  }

  static Stream<float[]> same() {
    return Stream.of(SAILING, new float[] {.2f, 0, .7f});
  }

  @Test
  void add_oneAmongManyOfTheSame_isDividedFromThemAndTheyStayTogether() {
    var topics = new Topics(new TopicSettings(/* threshold= */ -1, 8, 9, 0, 1));
    topics.add("b", BAKING, "bread");
    for (int i = 0; i < 50; i++) {
      topics.add("s" + i, SAILING, "go on");
    }

    assertThat(topics.topics()).extracting(Topic::episodes).containsExactly(50, 1);
  }

  @Test
  void route_otherTopicBarelyNearer_staysWithTheCurrent() {
    var topics = new Topics(new TopicSettings(.9, 64, 9, /* hysteresis= */ 0.1, 1));
    topics.add("s", SAILING, "");
    topics.add("b", BAKING, "");
    float[] between = {.69f, .72f, 0};

    assertThat(topics.route(between).orElseThrow().id()).isEqualTo(1);
    assertThat(topics.route(between, /* current= */ 0).orElseThrow().id()).isZero();
    assertThat(topics.route(BAKING, /* current= */ 0).orElseThrow().id()).isEqualTo(1);
  }

  @Test
  void add_noMoreTopicsAllowed_holdsNoMoreVectorsThanTheBound() {
    var topics = new Topics(new TopicSettings(.99, /* largestTopic= */ 5, 3, 0, 1));
    var random = new SplittableRandom(3);
    for (int i = 0; i < 500; i++) {
      topics.add("e" + i, new float[] {random.nextFloat(), random.nextFloat()}, "word" + i);
    }

    assertThat(topics.topics()).hasSize(3);
    assertThat(topics.topics().stream().mapToInt(Topic::episodes).sum()).isEqualTo(500);
    assertThat(topics.vectors()).isLessThanOrEqualTo(15);
  }

  @Test
  void add_otherDimension_saysWhatToDo() {
    var topics = new Topics(new TopicSettings(-1, 64, 9, 0, 1));
    topics.add("e1", SAILING, "");

    assertThatThrownBy(() -> topics.add("e2", new float[] {1}, ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("so far 3, now 1");
  }

  /** Whatever comes: ids are never reused, every episode has one topic, and a replay agrees. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("io.madeleine.testing.Seeds#few")
  void everyEpisodeHasOneTopic_andAReplayAgrees(long seed) {
    assertThat(replay(seed)).isEqualTo(replay(seed));
  }

  private static Map<String, Integer> replay(long seed) {
    var random = new SplittableRandom(seed);
    var topics = new Topics(new TopicSettings(0.8, 8, 12, 0, seed));
    Map<String, Integer> topicOf = new HashMap<>();
    for (int i = 0; i < 150; i++) {
      float[] vector = new float[4];
      for (int d = 0; d < 4; d++) {
        vector[d] = (float) random.nextGaussian();
      }
      var assignment = topics.add("e" + i, vector, "");
      topicOf.put("e" + i, assignment.topic());
      topicOf.putAll(assignment.moved());
    }
    var ids = new HashSet<>(topicOf.values());
    assertThat(topics.topics()).extracting(Topic::id).containsAll(ids);
    for (Topic topic : topics.topics()) {
      assertThat(topicOf.values().stream().filter(id -> id == topic.id()).count())
          .isEqualTo(topic.episodes());
    }
    return topicOf;
  }
}
