package io.madeleine.conversation.episodic.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.memory.episode.Episode;
import io.madeleine.memory.store.KvSpan;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TopicViewTest {

  private static final Episode EPISODE = new Episode("e", new TokenSpan(100, 104), 0, 0, 4);

  @Test
  void slotsIn_aSmallerEpisode_areThoseOfItsTokens() {
    KvSpan ragged = whole().keep(new int[][] {{0, 1}, {1, 2}, {2, 3}});

    TopicView.Part all = TopicView.Part.of(EPISODE, ragged);

    assertThat(all.tokens()).isDeepEqualTo(new int[][] {{0, 1}, {1, 2}, {2, 3}});
    assertThat(new TopicView.Part(EPISODE, new int[][] {{1}, {1}, {3}}).slotsIn(ragged))
        .isDeepEqualTo(new int[][] {{1}, {0}, {1}});
  }

  @Test
  void slotsIn_anEpisodeThatHoldsOtherTokensNow_areThoseThatAreLeft() {
    var part = new TopicView.Part(EPISODE, new int[][] {{0, 3}, {1, 2, 3}, {0}});
    KvSpan readAgain = whole().keep(new int[][] {{3}, {0, 2}, {}});

    assertThat(part.slotsIn(readAgain)).isDeepEqualTo(new int[][] {{0}, {1}, {}});
  }

  private static KvSpan whole() {
    int[] positions = IntStream.range(100, 104).toArray();
    return new KvSpan(new KvShape(1, 3, 2), positions, new float[3][8], new float[3][8]);
  }
}
