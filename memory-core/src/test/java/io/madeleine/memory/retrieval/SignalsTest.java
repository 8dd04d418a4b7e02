package io.madeleine.memory.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.match.Matches;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SignalsTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");
  private static final int PLACES = 60;

  @TempDir Path directory;

  @Test
  void of_windows_equalWhatASlowReadingAddsUp() {
    var random = new Random(3);
    List<IndexedTurn> turns = new ArrayList<>();
    long second = 0;
    for (int i = 0; i < PLACES; i++) {
      second += i % 11 == 10 ? 86_400 : 60;
      var text = new StringBuilder();
      for (int w = 0; w < 1 + random.nextInt(9); w++) {
        text.append(" zorg").append((char) ('a' + random.nextInt(6)));
      }
      turns.add(
          new IndexedTurn(
              HOME,
              i + 1,
              i,
              "t" + i,
              Instant.ofEpochSecond(second),
              "Ann",
              "talk",
              "",
              text.toString()));
    }
    try (var index = TurnIndex.open(directory, IndexOptions.DEFAULT, Optional.empty())) {
      index.addAll(turns);
      var request =
          new RecallRequest(TurnFilter.in(HOME), "zorga zorgb zorgc zorgz", Instant.EPOCH);
      Matches rows = index.search(request.filter(), request.question());
      Signals signals = Signals.of(rows, request, ZoneOffset.UTC);

      for (int i = 0; i < PLACES; i++) {
        assertThat(signals.value(Signal.TURN, i)).isCloseTo(slow(rows, i, 0, 0), within(1e-5f));
        assertThat(signals.value(Signal.PAIR, i)).isCloseTo(slow(rows, i, 1, 0), within(1e-5f));
        assertThat(signals.value(Signal.NEAR, i)).isCloseTo(slow(rows, i, 1, 1), within(1e-5f));
        assertThat(signals.value(Signal.SCENE, i)).isCloseTo(slow(rows, i, 4, 4), within(1e-5f));
        assertThat(signals.value(Signal.TURN, i)).isBetween(0f, 1f);
      }
    }
  }

  @Test
  void of_coveredHeads_equalTheirDefinition() {
    List<String> said =
        List.of(
            "Marianne's cat is called Bilbo.",
            "You know, the essay is due in August.",
            "I told Otto about the cat.");
    try (var index = TurnIndex.open(directory, IndexOptions.DEFAULT, Optional.empty())) {
      for (int i = 0; i < said.size(); i++) {
        Instant at = Instant.ofEpochSecond(i);
        index.addAll(
            List.of(new IndexedTurn(HOME, i + 1, i, "t" + i, at, "", "talk", "", said.get(i))));
      }
      var request =
          new RecallRequest(
              TurnFilter.in(HOME),
              "What did I tell you about Marianne and her cat?",
              Instant.EPOCH);
      Matches rows = index.search(request.filter(), request.question());
      Signals signals = Signals.of(rows, request, ZoneOffset.UTC);

      assertThat(rows.heads().terms()).containsExactly("maria", "cat");
      float cat = rows.heads().rarity(1) / (rows.heads().rarity(0) + rows.heads().rarity(1));
      assertThat(signals.column(Signal.COVERS_HEADS)).containsExactly(1, 0, cat);
      assertThat(signals.column(Signal.COVERS_HEADS_SQUARED)).containsExactly(1, 0, cat * cat);
      assertThat(signals.column(Signal.COVERS_HEADS_NEAR)).containsExactly(1, 1, cat);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Søren, How much rent does Søren pay?, The rent went up.",
    "Céline, On which line does Céline sing?, A line of it is hers.",
    "Frédéric, Does Frédéric eat rice?, No rice for me.",
    "Иван, Where does Иван live?, I live in Omsk.",
    "Γιάννης, What does Γιάννης paint?, Γιάννης is here: paint with him.",
  })
  void of_speakersName_isLeftOutOfTheQuestionAndNothingElseIs(
      String name, String question, String answer) {
    try (var index = TurnIndex.open(directory, IndexOptions.DEFAULT, Optional.empty())) {
      index.addAll(List.of(said(0, name, "I am " + name + "."), said(1, name, answer)));
      var request = new RecallRequest(TurnFilter.in(HOME), question, Instant.EPOCH);
      Matches rows = index.search(request.filter(), question);
      Signals signals = Signals.of(rows, request, ZoneOffset.UTC);

      assertThat(signals.column(Signal.COVERS)[0]).isZero();
      assertThat(signals.column(Signal.COVERS)[1]).isPositive();
    }
  }

  private static IndexedTurn said(int place, String speaker, String text) {
    Instant at = Instant.ofEpochSecond(place);
    return new IndexedTurn(HOME, place + 1, place, "t" + place, at, speaker, "talk", "", text);
  }

  /** BM25 of the turns around {@code i} taken as one document, from the definition. */
  private static float slow(Matches rows, int i, int before, int after) {
    int from = i;
    while (from > 0 && i - from < before && together(rows, from - 1)) {
      from--;
    }
    int to = i;
    while (to + 1 < rows.size() && to - i < after && together(rows, to)) {
      to++;
    }
    float length = 0;
    for (int j = from; j <= to; j++) {
      length += rows.stems().length(j);
    }
    float usual =
        rows.stems().averageLength() * (1 + 0.95f * (before + after) - 0.01f * before * after);
    float score = 0;
    float reachable = 0;
    for (int t = 0; t < rows.stems().terms().size(); t++) {
      float count = 0;
      for (int j = from; j <= to; j++) {
        count += rows.stems().count(t, j);
      }
      reachable += rows.stems().rarity(t);
      score += rows.stems().rarity(t) * count / (count + 1.2f * (0.25f + 0.75f * length / usual));
    }
    return score / reachable;
  }

  private static boolean together(Matches rows, int i) {
    return rows.at(i + 1) - rows.at(i) <= 2 * 60 * 60 * 1000L;
  }
}
