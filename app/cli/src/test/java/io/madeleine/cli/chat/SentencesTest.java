package io.madeleine.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.madeleine.memory.index.IndexException;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which failures are told, and which are bugs. */
final class SentencesTest {

  @TempDir private Path directory;

  @Test
  void of_indexThatCannotBeWritten_isItsSentence() throws IOException {
    Path file = Files.writeString(directory.resolve("index"), "in the way");
    IndexException failure =
        catchThrowableOfType(
            IndexException.class,
            () -> TurnIndex.open(file, IndexOptions.DEFAULT, Optional.empty()).close());

    assertThat(Sentences.of(failure)).isPresent().hasValue(failure.getMessage());
  }

  @Test
  void of_missingFile_saysWhatIsWrongWithIt() {
    assertThat(Sentences.of(new NoSuchFileException("notes.txt")))
        .hasValue("notes.txt: does not exist");
  }

  @Test
  void orThrow_bug_goesOn() {
    var bug = new NullPointerException("a bug");
    assertThat(Sentences.of(bug)).isEmpty();
    assertThatThrownBy(() -> Sentences.orThrow(bug)).isSameAs(bug);
  }
}
