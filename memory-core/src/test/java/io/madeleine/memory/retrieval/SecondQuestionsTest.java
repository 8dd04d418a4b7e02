package io.madeleine.memory.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.retrieval.RankedTurn.Reason;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SecondQuestionsTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");
  private static final String[] TOLD = {
    "Mara is my sister.",
    "Nice weather today.",
    "The roses need water.",
    "Where do most people live?",
    "Mara moved to Oslo.",
    "Lars lives in Rome.",
    "My brother is called Lars.",
    "I live where the river ends.",
  };

  @TempDir Path directory;

  @Test
  void rank_aQuestionByRelation_findsWhatWasToldByName() {
    List<RankedTurn> ranked = rank(TurnFilter.in(HOME), "Where did my sister move?", TOLD);

    assertThat(ranked).extracting(RankedTurn::sequence).startsWith(1L).element(1).isEqualTo(5L);
    assertThat(ranked.get(0).reasons()).startsWith(Reason.NAME);
    assertThat(ranked.get(1).reasons()).startsWith(Reason.NAME);
  }

  @Test
  void rank_noTurnGivesAName_isWhatTheWordsFind() {
    String question = "Where does my uncle live?";

    assertThat(rank(TurnFilter.in(HOME), question, TOLD)).isEqualTo(byWords(question, TOLD));
  }

  @Test
  void rank_twoOfTheRelation_asksForBoth() {
    List<RankedTurn> ranked =
        rank(
            TurnFilter.in(HOME),
            "Which of my sisters sings?",
            "Mara is my sister.",
            "It rains.",
            "My other sister is called Tove.",
            "It snows.",
            "Mara sings in a choir.",
            "It is cold.",
            "Tove plays chess.");

    assertThat(ranked.subList(0, 3)).extracting(RankedTurn::sequence).contains(1L, 3L, 5L);
  }

  @Test
  void rank_theNameIsOutsideTheFilter_onlyEligibleTurnsComeBack() {
    TurnFilter later =
        TurnFilter.in(HOME).between(Instant.EPOCH.plusSeconds(3), Instant.EPOCH.plusSeconds(99));
    List<RankedTurn> ranked = rank(later, "Where did my sister move?", TOLD);

    assertThat(ranked).extracting(RankedTurn::sequence).startsWith(5L).doesNotContain(1L, 2L, 3L);
  }

  @Test
  void rank_anotherConversationGivesTheName_isNotFollowed() {
    assertThat(
            with(
                TOLD,
                (index, retriever) -> {
                  var elsewhere =
                      new IndexedTurn(
                          ConversationKey.of("ann", "work"),
                          99,
                          0,
                          "t",
                          Instant.EPOCH,
                          "Ann",
                          "talk",
                          "",
                          "Mara moved to Rome.");
                  index.addAll(List.of(elsewhere));
                  return retriever.rank(
                      request(
                          TurnFilter.in(elsewhere.conversation()), "Where did my sister move?"));
                }))
        .singleElement()
        .satisfies(turn -> assertThat(turn.reasons()).doesNotContain(Reason.NAME));
  }

  @Test
  void rank_somebodyElsesSister_isNotFollowed() {
    assertThat(askedBy("Bob"))
        .allSatisfy(turn -> assertThat(turn.reasons()).doesNotContain(Reason.NAME));
    assertThat(askedBy("ann")).anySatisfy(turn -> assertThat(turn.reasons()).contains(Reason.NAME));
  }

  @Test
  void rank_severalReasonsToBeNamed_saysSoOnce() {
    List<RankedTurn> ranked =
        rank(
            TurnFilter.in(HOME),
            "Do my sister and my brother sing?",
            "Mara is my sister, and Lars is my brother.",
            "Mara and Lars sing.");

    assertThat(ranked.getFirst().sequence()).isOne();
    assertThat(ranked.getFirst().reasons()).containsOnlyOnce(Reason.NAME);
  }

  @Test
  void rank_aTurnThatDoesNotSayTheName_isNotRaisedByIt() {
    assertThat(rank(TurnFilter.in(HOME), "Where did my sister move?", TOLD))
        .filteredOn(turn -> turn.reasons().contains(Reason.NAME))
        .extracting(RankedTurn::sequence)
        .contains(1L, 5L)
        .doesNotContain(8L);
  }

  private List<RankedTurn> askedBy(String asker) {
    var request =
        new RecallRequest(
            TurnFilter.in(HOME), "Where did my sister move?", Instant.EPOCH, Optional.of(asker));
    return with(TOLD, (index, retriever) -> retriever.rank(request));
  }

  private List<RankedTurn> rank(TurnFilter filter, String question, String... said) {
    return with(said, (index, retriever) -> retriever.rank(request(filter, question)));
  }

  private List<RankedTurn> byWords(String question, String... said) {
    return with(
        said,
        (index, retriever) ->
            retriever.rank(request(TurnFilter.in(HOME), question), Optional.empty()));
  }

  private static RecallRequest request(TurnFilter filter, String question) {
    return new RecallRequest(filter, question, Instant.EPOCH.plusSeconds(100));
  }

  private List<RankedTurn> with(
      String[] said, BiFunction<TurnIndex, Retriever, List<RankedTurn>> use) {
    try (var index = TurnIndex.open(directory, IndexOptions.DEFAULT, Optional.empty())) {
      List<IndexedTurn> turns = new ArrayList<>();
      for (int i = 0; i < said.length; i++) {
        Instant at = Instant.EPOCH.plusSeconds(i);
        turns.add(new IndexedTurn(HOME, i + 1, i, "t" + i, at, "Ann", "talk", "", said[i]));
      }
      index.addAll(turns);
      UserWords words =
          (turn, speaker) ->
              speaker.map("Ann"::equalsIgnoreCase).orElse(true) && turn <= said.length
                  ? said[(int) turn - 1]
                  : "";
      return use.apply(index, new Retriever(index, ZoneOffset.UTC, words));
    }
  }
}
