package io.madeleine.pocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.engine.gguf.GgufFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PocketModelTest {
  private final Path directory;

  PocketModelTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void installTo_newDirectory_putsAModelThere() {
    Path file = PocketModel.installTo(directory.resolve("cache").resolve("models"));

    try (GgufFile model = GgufFile.open(file)) {
      assertThat(model.metadata().string("general.architecture")).isEqualTo("llama");
      assertThat(model.metadata().string("tokenizer.chat_template")).contains("<|assistant|>");
    }
  }

  @Test
  void installTo_again_leavesTheFileAlone() throws IOException {
    Path file = PocketModel.installTo(directory);
    Files.setLastModifiedTime(file, FileTime.fromMillis(0));

    assertThat(PocketModel.installTo(directory)).isEqualTo(file);
    assertThat(Files.getLastModifiedTime(file).toMillis()).isZero();
  }

  @Test
  void installTo_halfAFile_replacesIt() throws IOException {
    Path file = PocketModel.installTo(directory);
    long whole = Files.size(file);
    Files.write(file, new byte[10]);

    PocketModel.installTo(directory);

    assertThat(file).hasSize(whole);
  }

  @Test
  void installTo_aFileInTheWay_isNamed() throws IOException {
    Path file = Files.createFile(directory.resolve("taken"));

    assertThatThrownBy(() -> PocketModel.installTo(file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("taken")
        .hasMessageContaining("choose another data directory");
  }
}
