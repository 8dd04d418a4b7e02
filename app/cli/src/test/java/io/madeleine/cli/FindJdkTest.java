package io.madeleine.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script before everything: on machines without a JDK 25, with an old one, and with one. */
final class FindJdkTest {

  private final Path directory;
  private Path tools = Path.of("");

  FindJdkTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /**
   * How the script ended.
   *
   * @param status its exit status
   * @param out what it found
   * @param err what it said
   */
  private record Ended(int status, String out, String err) {}

  /** A PATH with what the script calls, and no javac. */
  @BeforeEach
  void linkTools() throws IOException {
    tools = Files.createDirectories(directory.resolve("tools"));
    for (String tool : new String[] {"sed", "readlink"}) {
      Path at = Files.isExecutable(Path.of("/bin", tool)) ? Path.of("/bin") : Path.of("/usr/bin");
      Files.createSymbolicLink(tools.resolve(tool), at.resolve(tool));
    }
  }

  private Ended find(String path, String javaHome) throws IOException, InterruptedException {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    var shell =
        new ProcessBuilder("/bin/sh", "-c", ". ./find-jdk.sh && echo \"$JAVA_HOME\"")
            .directory(root().toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    shell.environment().clear();
    shell.environment().put("PATH", path);
    shell.environment().put("HOME", directory.toString());
    shell.environment().put("JAVA_HOME", javaHome);
    shell.environment().put("MADELEINE_JDK_ROOT", directory.resolve("root").toString());
    int status = shell.start().waitFor();
    return new Ended(status, Files.readString(out, UTF_8).strip(), Files.readString(err, UTF_8));
  }

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("find-jdk.sh"))) {
      at = Objects.requireNonNull(at.getParent(), "no folder above holds find-jdk.sh");
    }
    return at;
  }

  private Path jdk(String place, String version) throws IOException {
    Path home = directory.resolve(place);
    Path javac = Files.createDirectories(home.resolve("bin")).resolve("javac");
    Files.writeString(javac, "#!/bin/sh\n", UTF_8);
    assertThat(javac.toFile().setExecutable(true)).isTrue();
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n", UTF_8);
    return home;
  }

  @Test
  void source_noJdkAnywhere_saysWhichIsNeededWhereItLookedAndWhatToDo() throws Exception {
    for (String path : new String[] {"", tools.toString()}) {
      Ended ended = find(path, "");

      assertThat(ended.status()).isEqualTo(1);
      assertThat(ended.out()).isEmpty();
      assertThat(ended.err())
          .contains("needs a JDK 25 or newer", "none was found")
          .contains("JAVA_HOME", "PATH", "/usr/lib/jvm")
          .contains("Install one", "point JAVA_HOME at it");
    }
  }

  @Test
  void source_onlyOlderOnes_areNotTaken() throws Exception {
    Path old = jdk("root/usr/lib/jvm/jdk-17", "17.0.9");

    assertThat(find(tools.toString(), old.toString()).status()).isEqualTo(1);
  }

  @Test
  void source_oneAmongOlderOnes_isFound() throws Exception {
    Path old = jdk("root/usr/lib/jvm/jdk-17", "17.0.9");
    Path good = jdk("root/usr/lib/jvm/jdk-25", "25.0.1");
    Ended ended = find(tools.toString(), old.toString());

    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).isEqualTo(good.toString());
    assertThat(ended.status()).isZero();
  }
}
