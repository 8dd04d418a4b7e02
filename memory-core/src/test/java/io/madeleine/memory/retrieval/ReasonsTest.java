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
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReasonsTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");

  @TempDir Path directory;

  @Test
  void of_oneWordOfALongQuestion_saysWordsAndTheTurnBesideItSaysSurroundings() {
    Map<Long, List<Reason>> reasons =
        reasons(
            "Could you possibly remind me what sort of instrument my grandmother used to practise?",
            "Nice weather today.",
            "She had a violin, an old instrument from Cremona.",
            "Lovely!",
            "Shall we eat?");

    assertThat(reasons.get(2L)).contains(Reason.WORDS).doesNotContain(Reason.SURROUNDINGS);
    assertThat(reasons.get(3L)).contains(Reason.SURROUNDINGS).doesNotContain(Reason.WORDS);
  }

  @Test
  void of_nothingOfTheQuestionIsSaid_saysWordsOfNobody() {
    assertThat(reasons("quantum chromodynamics", "Hello.", "Good morning.").values())
        .allSatisfy(found -> assertThat(found).containsExactly(Reason.SURROUNDINGS));
  }

  private Map<Long, List<Reason>> reasons(String question, String... said) {
    try (var index = TurnIndex.open(directory, IndexOptions.DEFAULT, Optional.empty())) {
      List<IndexedTurn> turns = new ArrayList<>();
      for (int i = 0; i < said.length; i++) {
        turns.add(
            new IndexedTurn(HOME, i + 1, i, "t" + i, Instant.EPOCH, "Ann", "talk", "", said[i]));
      }
      index.addAll(turns);
      return new Retriever(index, ZoneOffset.UTC, (turn, speaker) -> "")
          .rank(new RecallRequest(TurnFilter.in(HOME), question, Instant.EPOCH)).stream()
              .collect(Collectors.toMap(RankedTurn::sequence, RankedTurn::reasons));
    }
  }
}
