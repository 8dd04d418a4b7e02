package io.madeleine.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PartFileTest {

  private static final Source FIRST =
      new Source("address", Optional.of("a"), Optional.empty(), /* length= */ 3);
  private static final Source SECOND =
      new Source("address", Optional.of("b"), Optional.empty(), /* length= */ 3);

  private final Path file;
  private final PartFile part;

  PartFileTest(@TempDir Path directory) {
    this.file = directory.resolve("model.gguf");
    this.part = new PartFile(file);
  }

  /** A folder that is not empty can be neither written nor deleted. */
  private Path obstructed(String name) throws IOException {
    Path folder = file.resolveSibling(name);
    Files.createDirectories(folder.resolve("in the way"));
    return folder;
  }

  @Test
  void note_anotherSource_takesThePlaceOfTheOneBefore() throws IOException {
    part.begin(FIRST).close();
    part.note(SECOND);

    assertThat(part.source()).contains(SECOND);
    assertThat(file.resolveSibling("model.gguf.part.of.new")).doesNotExist();
  }

  @Test
  void note_cannotBeWritten_keepsTheOneBefore() throws IOException {
    part.begin(FIRST).close();
    obstructed("model.gguf.part.of.new");

    assertThatThrownBy(() -> part.note(SECOND)).isInstanceOf(IOException.class);
    assertThat(part.source()).contains(FIRST);
  }

  @Test
  void become_noteCannotBeDeleted_hasItsName() throws IOException {
    Files.write(part.path(), new byte[3]);
    obstructed("model.gguf.part.of");
    part.become(file);

    assertThat(file).hasSize(3);
    assertThat(part.source()).isEmpty();
  }
}
