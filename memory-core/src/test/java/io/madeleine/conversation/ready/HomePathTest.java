package io.madeleine.conversation.ready;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HomePathTest {

  private static final Path HOME = Path.of(System.getProperty("user.home"));

  @Test
  void of_firstElementIsATilde_isInTheHomeDirectory() {
    assertThat(HomePath.of("~")).isEqualTo(HOME);
    assertThat(HomePath.of("~/")).isEqualTo(HOME);
    assertThat(HomePath.of("~/mad/a.gguf")).isEqualTo(HOME.resolve("mad").resolve("a.gguf"));
  }

  @Test
  void of_tildeElsewhere_isAName() {
    for (String written : new String[] {"", "./~", "a/~/b", "~ada/x", "x~", "/~"}) {
      assertThat(HomePath.of(written)).isEqualTo(Path.of(written));
    }
  }

  @Test
  void find_modelThatBeginsWithATilde_isFoundInTheHomeDirectory(@TempDir Path directory)
      throws IOException {
    Path file = Files.createFile(directory.resolve("a.gguf"));
    String home = System.setProperty("user.home", directory.toString());
    try {
      assertThat(new ModelFolder(directory.resolve("models")).find("~/a.gguf")).contains(file);
    } finally {
      System.setProperty("user.home", home);
    }
  }
}
