package io.madeleine.memory.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Questions that share no word with what was said at the time they name. */
final class NamedTimeTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");
  private static final ConversationKey WORK = ConversationKey.of("ann", "work");
  private static final ConversationKey OTHER = ConversationKey.of("ben", "home");

  private static final int A_DAY = 12;
  private static final int DAYS = 350;

  /** Midday of the day behind the last turn's. */
  private static final Instant NOW = Instant.parse("2023-05-17T12:00:00Z");

  private static final Instant YESTERDAY = Instant.parse("2023-05-16T00:00:00Z");

  @TempDir Path directory;
  private final List<IndexedTurn> turns = new ArrayList<>();

  /** 4,200 turns of one conversation; a third of the old ones say words that name a time. */
  @BeforeEach
  void remember() {
    for (int i = 0; i < DAYS * A_DAY; i++) {
      boolean old = i < (DAYS - 30) * A_DAY;
      add(HOME, i, old && i % 3 == 0 ? "Yesterday it rained, on 16 May." : "A walk, lap " + i);
    }
    for (int i = (DAYS - 3) * A_DAY; i < DAYS * A_DAY; i++) {
      add(WORK, i, "The printer jams.");
      add(OTHER, i, "Yesterday was somebody else's.");
    }
  }

  private void add(ConversationKey key, int place, String text) {
    Duration ago = Duration.ofDays(DAYS - place / A_DAY).minusMinutes(place % A_DAY);
    add(key, place, NOW.minus(ago), text);
  }

  private void add(ConversationKey key, int place, Instant at, String text) {
    long sequence = turns.size() + 1L;
    turns.add(new IndexedTurn(key, sequence, place, "t" + sequence, at, "", "talk", "", text));
  }

  private List<RankedTurn> rank(TurnFilter filter, String question) {
    return rank(filter, question, IndexOptions.DEFAULT);
  }

  private List<RankedTurn> rank(TurnFilter filter, String question, IndexOptions options) {
    try (var index = TurnIndex.open(directory, options, Optional.empty())) {
      index.addAll(turns);
      var retriever = new Retriever(index, ZoneOffset.UTC, (sequence, speaker) -> "");
      return retriever.rank(new RecallRequest(filter, question, NOW));
    }
  }

  private IndexedTurn turn(RankedTurn ranked) {
    return turns.get((int) ranked.sequence() - 1);
  }

  private List<IndexedTurn> saidYesterday(ConversationKey... conversations) {
    return turns.stream()
        .filter(turn -> List.of(conversations).contains(turn.conversation()))
        .filter(turn -> !turn.at().isBefore(YESTERDAY))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "What did I tell you yesterday?",
        "What happened on 16 May?",
        "What happened on 16 May 2023?"
      })
  void rank_dayThatOthersSpeakOf_findsWhatWasSaidThen(String question) {
    List<RankedTurn> ranked = rank(TurnFilter.in(HOME), question);

    assertThat(ranked).extracting(this::turn).containsAll(saidYesterday(HOME));
    assertThat(ranked)
        .filteredOn(found -> saidYesterday(HOME).contains(turn(found)))
        .hasSize(A_DAY)
        .allMatch(found -> found.reasons().contains(RankedTurn.Reason.TIME));
  }

  @Test
  void rank_dayThatNobodySpeaksOf_putsWhatWasSaidThenFirst() {
    List<RankedTurn> ranked = rank(TurnFilter.in(HOME), "What happened a day ago?");

    assertThat(ranked.subList(0, A_DAY))
        .extracting(this::turn)
        .containsExactlyInAnyOrderElementsOf(saidYesterday(HOME));
  }

  @Test
  void rank_dayNamedOfAWholeTenant_findsItInEveryConversationAndNobodyElses() {
    List<RankedTurn> ranked = rank(TurnFilter.of(HOME.tenant()), "What did I tell you yesterday?");

    assertThat(ranked).extracting(this::turn).containsAll(saidYesterday(HOME, WORK));
    assertThat(ranked).extracting(this::turn).noneMatch(turn -> turn.conversation().equals(OTHER));
  }

  @Test
  void rank_dayNamedThatTheFilterLeavesOut_findsNothing() {
    TurnFilter before = TurnFilter.in(HOME).between(Instant.EPOCH, NOW.minus(Duration.ofDays(10)));

    assertThat(rank(before, "What happened a day ago?")).isEmpty();
  }

  @Test
  void rank_timeOfMoreTurnsThanTheDepth_findsThoseWithAWordOfTheQuestion() {
    for (int i = 0; i < 10; i++) {
      add(HOME, (DAYS + 2) * A_DAY + i, NOW.minus(Duration.ofDays(200)), "Kettle, kettle!");
    }
    add(HOME, DAYS * A_DAY, "The kettle is broken."); // the last of two hundred turns of May
    var few =
        new IndexOptions(
            IndexOptions.Vectors.FLOAT,
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            64,
            4,
            Duration.ofSeconds(2),
            1 << 20);
    List<RankedTurn> ranked = rank(TurnFilter.in(HOME), "Was the kettle fine this month?", few);

    assertThat(ranked).extracting(found -> turn(found).text()).contains("The kettle is broken.");
    // Four by words and four by time, with four on either side of each.
    assertThat(ranked).hasSizeLessThanOrEqualTo(2 * 4 * 9);
  }

  @Test
  void rank_noTimeNamed_findsNoMoreThanWordsDo() {
    assertThat(rank(TurnFilter.in(HOME), "Where is the xylophone?")).isEmpty();
  }
}
