package io.madeleine.evaluation.lab.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.text.ModelText;
import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.evaluation.dialogue.Question.Kind;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedReaderTest {

  @Test
  void tokenF1_countsCommonWordsWithoutArticles() {
    assertThat(TokenF1.of("The clarinet and violin", "a violin, and clarinet!")).isEqualTo(1);
    assertThat(TokenF1.of("7 May 2023", "on 7 May")).isCloseTo(2.0 * 2 / 6, within(1e-12));
    assertThat(TokenF1.of("pottery", "swimming")).isZero();
    assertThat(TokenF1.of("pottery", "")).isZero();
  }

  @Test
  void read_stopsWhereTheContextIsFull_andAsksWhatWasRead(@TempDir Path directory) {
    try (GgufFile file = GgufFile.open(PocketModel.installTo(directory))) {
      ModelText text = ModelText.of(file, Clock.systemUTC());
      RecordedReader reader = new RecordedReader(List.of(conversation()), text);
      Reading reading = reader.read(5, 120, 10, false);
      assertThat(reading.tokens()).hasSizeBetween(120, 160);
      assertThat(text.tokenizer().decode(reading.tokens())).contains("This is a conversation.");
      assertThat(reading.turns().getLast().end()).isEqualTo(reading.tokens().length);
      assertThat(reading.segments().getLast().end()).isEqualTo(reading.tokens().length);
      assertThat(reading.questions())
          .extracting(asked -> asked.question().kind())
          .containsExactly(Kind.SINGLE, Kind.UNKNOWN);
      assertThat(text.tokenizer().decode(reading.questions().getFirst().prompt()))
          .contains("Where does Ada live?");
    }
  }

  @Test
  void reader_withoutConversations_isRefused(@TempDir Path directory) {
    try (GgufFile file = GgufFile.open(PocketModel.installTo(directory))) {
      ModelText text = ModelText.of(file, Clock.systemUTC());
      assertThatThrownBy(() -> new RecordedReader(List.of(), text))
          .hasMessageContaining("no conversation");
    }
  }

  private static AnnotatedConversation conversation() {
    List<AnnotatedConversation.Turn> turns = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String said = i % 2 == 0 ? "Ada: I live in Oslo." : "Ben: That is far away.";
      turns.add(
          new AnnotatedConversation.Turn(
              "D" + i, i / 4, Instant.EPOCH, said.substring(0, 3), said));
    }
    return new AnnotatedConversation(
        "one",
        turns,
        List.of(
            new AnnotatedConversation.Question(
                "Where does Ada live?", "Oslo", "single-hop", List.of(0)),
            new AnnotatedConversation.Question(
                "What is Ben's cat called?", "Tom", "adversarial", List.of(1)),
            new AnnotatedConversation.Question(
                "Where do both live?", "Oslo", "multi-hop", List.of(0, 39))));
  }
}
