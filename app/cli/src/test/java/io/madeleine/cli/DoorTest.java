package io.madeleine.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that everything is called through: which program it starts, and what it tells it. */
final class DoorTest {

  private final Path directory;

  DoorTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** A tree that is built already, and a JDK whose {@code java} says what it was told. */
  @BeforeEach
  void furnish() throws IOException {
    for (String script : new String[] {"madeleine", "find-jdk.sh"}) {
      executable(directory.resolve(script), Files.readString(root().resolve(script), UTF_8));
    }
    for (String module :
        new String[] {"app/cli", "app/server", "examples/evaluation", "examples/tour"}) {
      Path target = Files.createDirectories(directory.resolve(module).resolve("target"));
      Files.createFile(target.resolve("madeleine.built"));
    }
    Path home = directory.resolve("jdk");
    Path bin = Files.createDirectories(home.resolve("bin"));
    executable(bin.resolve("javac"), "#!/bin/sh\n");
    executable(bin.resolve("java"), "#!/bin/sh\necho \"$@\"\n");
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n", UTF_8);
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text, UTF_8);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("find-jdk.sh"))) {
      at = Objects.requireNonNull(at.getParent(), "no folder above holds find-jdk.sh");
    }
    return at;
  }

  /** {@return the program that is started and its arguments} */
  private String started(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(directory.resolve("madeleine").toString());
    command.addAll(List.of(arguments));
    Path said = directory.resolve("said");
    var script =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
    script.environment().put("JAVA_HOME", directory.resolve("jdk").toString());
    script.environment().put("MADELEINE_AOT", "off");
    int status = script.start().waitFor();
    String line = Files.readString(said, UTF_8).strip();
    assertThat(status).as(line).isZero();
    return line.substring(line.indexOf("io.madeleine."));
  }

  @Test
  void help_ofAnotherProgramsCommand_isAskedOfThatProgram() throws Exception {
    for (String command : new String[] {"serve", "doctor", "key"}) {
      assertThat(started("help", command))
          .isEqualTo("io.madeleine.server.Main " + command + " --help");
    }
    assertThat(started("help", "eval")).isEqualTo("io.madeleine.evaluation.Main eval --help");
    assertThat(started("help", "eval", "kv"))
        .isEqualTo("io.madeleine.evaluation.Main eval kv --help");
    assertThat(started("help", "examples")).isEqualTo("io.madeleine.tour.Main examples");
    assertThat(started("help", "example")).isEqualTo("io.madeleine.tour.Main examples");
  }

  @Test
  void help_ofTheTerminalsCommands_staysThere() throws Exception {
    assertThat(started("help")).isEqualTo("io.madeleine.cli.Main help");
    assertThat(started("help", "chat")).isEqualTo("io.madeleine.cli.Main help chat");
    assertThat(started("serve", "--port=1")).isEqualTo("io.madeleine.server.Main serve --port=1");
  }
}
