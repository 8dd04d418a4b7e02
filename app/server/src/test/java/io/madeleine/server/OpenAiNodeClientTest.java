package io.madeleine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The official OpenAI client for Node, fetched by {@code npm ci} from the lock file beside its
 * script, asks a running server. Needs npm and fails without it.
 */
final class OpenAiNodeClientTest {

  private static final Path SCRIPTS = Path.of("src", "test", "node");
  private static final Path PLACE = Path.of("target", "node").toAbsolutePath();
  private static final List<String> CHECKED =
      List.of(
          "models",
          "chat",
          "cachedTokens",
          "stream",
          "streamHelper",
          "streamAborted",
          "tools",
          "toolRequired",
          "toolsStreamed",
          "responseFormat",
          "stopSeedAndLogprobs",
          "embeddings",
          "conversation",
          "errors");

  @TempDir Path data;

  @Test
  void officialClient_everyCall_findsWhatItExpects() throws Exception {
    install();
    try (var server = new RunningServer(data)) {
      String said = run("node", "check.mjs", "http://localhost:" + server.port() + "/v1");

      assertThat(said.lines().toList())
          .as(said)
          .containsExactlyElementsOf(CHECKED.stream().map("ok "::concat).toList());
    }
  }

  private static void install() throws IOException, InterruptedException {
    Files.createDirectories(PLACE);
    boolean lockChanged = false;
    for (String file : List.of("package.json", "package-lock.json", "check.mjs")) {
      Path copy = PLACE.resolve(file);
      boolean same = Files.exists(copy) && Files.mismatch(SCRIPTS.resolve(file), copy) < 0;
      lockChanged |= !same && file.startsWith("package");
      Files.copy(SCRIPTS.resolve(file), copy, StandardCopyOption.REPLACE_EXISTING);
    }
    if (lockChanged || !Files.isDirectory(PLACE.resolve("node_modules/openai"))) {
      run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    }
  }

  /** {@return what a program printed} Fails if there is no such program. */
  private static String run(String program, String... arguments)
      throws IOException, InterruptedException {
    boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
    var command = new ArrayList<>(List.of(program.equals("npm") && windows ? "npm.cmd" : program));
    command.addAll(Arrays.asList(arguments));
    Path printed = Files.createTempFile(PLACE, program, ".txt");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .directory(PLACE.toFile())
              .redirectErrorStream(true)
              .redirectOutput(printed.toFile())
              .start();
    } catch (IOException e) {
      throw new IllegalStateException(
          "%s is missing: install Node.js 20 or newer with npm, as .ci/run does".formatted(program),
          e);
    }
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("%s ends", command).isTrue();
    String said = Files.readString(printed);
    Files.delete(printed);
    assertThat(process.exitValue()).as("%s said: %s", command, said).isZero();
    return said;
  }
}
