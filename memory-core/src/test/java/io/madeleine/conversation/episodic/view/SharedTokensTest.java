package io.madeleine.conversation.episodic.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SharedTokensTest {

  /** Token 0 is kept by all three heads, 1 by two, 2 and 3 by one. */
  private static final TopicView.Part FIRST =
      new TopicView.Part(episode(0), new int[][] {{0, 1}, {0, 1, 2}, {0, 3}});

  private static final TopicView.Part SECOND =
      new TopicView.Part(episode(4), new int[][] {{1}, {1}, {3}});

  @Test
  void most_enoughRoom_leavesAllAsItIs() {
    assertThat(shared().most(6)).containsExactly(FIRST, SECOND);
  }

  @Test
  void most_lessRoom_keepsWhatMostHeadsKeep() {
    List<TopicView.Part> left = shared().most(3);
    assertThat(left).hasSize(2);
    assertThat(left.get(0).tokens()).isDeepEqualTo(new int[][] {{0, 1}, {0, 1}, {0}});
    assertThat(left.get(1).tokens()).isDeepEqualTo(new int[][] {{1}, {1}, {}});
  }

  @Test
  void most_ofEquals_keepsTheNewer() {
    List<TopicView.Part> left = shared().most(4);
    assertThat(left.get(1).tokens()).isDeepEqualTo(new int[][] {{1}, {1}, {3}});
  }

  @Test
  void most_roomForOne_dropsEpisodesOfWhichNothingIsLeft() {
    List<TopicView.Part> left = shared().most(1);
    assertThat(left).hasSize(1);
    assertThat(left.getFirst().tokens()).isDeepEqualTo(new int[][] {{0}, {0}, {0}});
  }

  private static SharedTokens shared() {
    return new SharedTokens(List.of(FIRST, SECOND));
  }

  private static Episode episode(int start) {
    return new Episode("episode-" + start, new TokenSpan(start, start + 4), 0, 0, 4);
  }
}
