package io.madeleine.memory.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RetrieverTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");

  @TempDir Path directory;

  @Test
  void rank_conversationThatHasJustBegun_namesSayMoreThanTheWordsOfAsking() {
    List<String> said =
        List.of(
            "As you may know, the essay is due on August 15.",
            "What a day! What have you got to tell me about it?",
            "Judith is my teacher.",
            "I have to tell you about my flight.",
            "As you may know, I heard nothing about the invoice.",
            "We met Judith's new doctor, Ramon.",
            "Did you hear about the budget?");
    try (var index = TurnIndex.open(directory, IndexOptions.DEFAULT, Optional.empty())) {
      index.addAll(IntStream.range(0, said.size()).mapToObj(i -> turn(i, said.get(i))).toList());
      var retriever = new Retriever(index, ZoneOffset.UTC, (sequence, speaker) -> "");

      for (String question :
          List.of(
              "What have you heard about Judith?",
              "What did I tell you about Judith, do you know?",
              "Remind me about Judith.")) {
        var request = new RecallRequest(TurnFilter.in(HOME), question, Instant.EPOCH);
        assertThat(retriever.rank(request).stream().limit(2).map(RankedTurn::sequence))
            .describedAs(question)
            .containsExactlyInAnyOrder(3L, 6L);
      }
    }
  }

  @Test
  void rank_moreOfTheQuestion_comesFirst() {
    List<String> said = List.of("The dentist called.", "I like Oslo.", "A dentist in Oslo called.");
    try (var index = TurnIndex.open(directory, IndexOptions.DEFAULT, Optional.empty())) {
      index.addAll(
          IntStream.range(0, said.size())
              .mapToObj(i -> turn(i * 1_000, said.get(i))) // hours apart: nobody's neighbour
              .toList());
      var retriever = new Retriever(index, ZoneOffset.UTC, (sequence, speaker) -> "");
      var request =
          new RecallRequest(TurnFilter.in(HOME), "Which dentist is in Oslo?", Instant.EPOCH);

      assertThat(retriever.rank(request).getFirst().sequence()).isEqualTo(2_001);
    }
  }

  private static IndexedTurn turn(int place, String text) {
    Instant at = Instant.EPOCH.plusSeconds(60L * place);
    return new IndexedTurn(HOME, place + 1L, place, "t" + place, at, "", "talk", "", text);
  }
}
