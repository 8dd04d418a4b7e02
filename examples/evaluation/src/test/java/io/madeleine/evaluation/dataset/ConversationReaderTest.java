package io.madeleine.evaluation.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.evaluation.dataset.AnnotatedConversation.Turn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConversationReaderTest {

  @TempDir Path directory;

  @Test
  void read_theFormOfThePage_isTurnsAndQuestions() throws IOException {
    Path file =
        file(
            """
            [{"id": "conv-1",
              "sessions": [{"id": "session_1", "date": "1:56 pm on 8 May, 2023",
                "turns": [{"id": "D1:1", "speaker": "Ada", "text": "Hello.", "image_caption": "a dog"}]}],
              "questions": [{"id": "q", "text": "Who?", "answer": "Ada", "category": "single-hop",
                "evidence": ["D1:1"]}]}]
            """);

    AnnotatedConversation one = ConversationReader.read(file).getFirst();

    assertThat(one.turns())
        .containsExactly(
            new Turn(
                "D1:1",
                0,
                Instant.parse("2023-05-08T13:56:00Z"),
                "Ada",
                "Ada: Hello. [image: a dog]"));
    assertThat(one.questions().getFirst().evidence()).isEqualTo(List.of(0));
  }

  /** The second is how LoCoMo is published: {@code session_1} beside {@code speaker_a}. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\": \"conv-1\", \"sessions\": []}",
        "{\"sample_id\": \"conv-1\", \"conversation\": {\"session_1\": [{\"dia_id\": \"D1:1\"}]}}",
        "{\"id\": \"conv-1\", \"turns\": [{\"speaker\": \"a\", \"text\": \"b\"}]}"
      })
  void read_aConversationWithoutTurns_namesTheFileAndTheFieldsExpected(String conversation)
      throws IOException {
    Path file = file("[" + conversation + "]");

    assertThatThrownBy(() -> ConversationReader.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            file.toString(), "conversation 0", "sessions", "turns", "speaker", "data.md");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "[]", "\"locomo\"", "[{", ""})
  void read_noArrayOfConversations_saysSo(String text) throws IOException {
    Path file = file(text);

    assertThatThrownBy(() -> ConversationReader.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(file.toString(), "JSON array");
  }

  @Test
  void read_noFile_saysSo() {
    assertThatThrownBy(() -> ConversationReader.read(directory.resolve("none.json")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none.json");
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("set.json"), text);
  }
}
