package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeyCommandTest {

  @TempDir Path folder;

  @Test
  void key_forATenant_opensTheServerForThatTenantOnly() throws Exception {
    String said = run(0, "--tenant", "ada", "--data", folder.toString());
    String key = said.lines().findFirst().orElseThrow();
    Path file = folder.resolve("api-keys");

    assertThat(said).contains("serve --keys " + file);
    assertThat(Files.readString(file)).contains("ada").doesNotContain(key);
    String[] serve = ServeArguments.of(new String[] {"--keys", file.toString()});
    try (var server = new RunningServer(folder.resolve("data"), serve)) {
      assertThat(server.get("/api/status").statusCode()).isEqualTo(401);
      assertThat(
              RunningServer.json(server.get("/api/status", "Authorization", "Bearer " + key))
                  .at("/tenant")
                  .asString())
          .isEqualTo("ada");
    }
  }

  @Test
  void key_behindALineWithoutAnEnd_opensTheServerAsTheOneBeforeDoes() throws Exception {
    Path file = folder.resolve("keys");
    String ada = key("ada", file);
    Files.writeString(file, Files.readString(file).stripTrailing());
    String ben = key("ben", file);

    String[] serve = ServeArguments.of(new String[] {"--keys", file.toString()});
    try (var server = new RunningServer(folder.resolve("data"), serve)) {
      for (String key : List.of(ada, ben)) {
        assertThat(server.get("/api/status", "Authorization", "Bearer " + key).statusCode())
            .isEqualTo(200);
      }
    }
  }

  private static String key(String tenant, Path file) {
    String said = run(0, "--tenant", tenant, "--file", file.toString());
    return said.lines().findFirst().orElseThrow();
  }

  @Test
  void key_withoutATenant_saysWhatIsMissingAndMakesNone() {
    Path file = folder.resolve("keys");

    assertThat(run(2, "--file", file.toString())).contains("--tenant NAME");
    assertThat(file).doesNotExist();
  }

  @Test
  void key_placeThatBeginsWithATilde_isInTheHomeDirectory() {
    Path home = Path.of(System.getProperty("user.home"));

    assertThat(run(2, "--data=~/mad")).contains(home.resolve("mad").resolve("api-keys") + " ");
    assertThat(run(2, "--file=~/mad.keys")).contains(home.resolve("mad.keys") + " ");
    assertThat(run(2)).contains(home.resolve(".madeleine").resolve("api-keys") + " ");
  }

  @Test
  void key_help_saysWhatItTakesAndMakesNone() {
    assertThat(run(0, "--help", "--tenant", "ada", "--data", folder.toString()))
        .contains("Usage: ./madeleine key [--tenant NAME] [--file FILE] [--data FOLDER]");
    assertThat(folder).isEmptyDirectory();
  }

  private static String run(int status, String... arguments) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      assertThat(KeyCommand.make(arguments, out)).isEqualTo(status);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
