package io.madeleine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.ParseResult;

final class MainTest {

  private static final Path HOME = Path.of(System.getProperty("user.home"));

  static List<List<String>> commands() {
    return Main.commandLine().getSubcommands().entrySet().stream()
        .flatMap(
            kind ->
                kind.getValue().getSubcommands().keySet().stream()
                    .map(name -> List.of(kind.getKey(), name)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void help_ofEveryCommand_isShown(List<String> command) {
    var out = new StringWriter();
    int status =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .execute(command.getFirst(), command.getLast(), "--help");

    assertThat(status).isZero();
    assertThat(out.toString()).contains("Usage: madeleine " + String.join(" ", command));
  }

  /** Where there is no such file: the message says where it was looked for. */
  @ParameterizedTest
  @CsvSource({
    "bench, codec, --model",
    "bench, turn, --model",
    "eval, retention, --real",
    "eval, kv, --model"
  })
  void model_beginsWithATilde_isLookedForInTheHomeDirectory(
      String kind, String name, String option) {
    var said = new StringWriter();
    int status =
        Main.commandLine()
            .setErr(new PrintWriter(said))
            .execute(kind, name, option + "=~/no-such.gguf");

    assertThat(status).isNotZero();
    assertThat(said.toString()).contains(HOME.resolve("no-such.gguf").toString());
  }

  @Test
  void path_beginsWithATilde_isInTheHomeDirectory() {
    ParseResult codec = Main.commandLine().parseArgs("bench", "codec", "--json=~/out.json");
    ParseResult retention = Main.commandLine().parseArgs("eval", "retention", "--prices=~/p.json");
    Object json = codec.subcommand().subcommand().matchedOptionValue("--json", null);
    Object prices = retention.subcommand().subcommand().matchedOptionValue("--prices", null);

    assertThat(json).isEqualTo(Optional.of(HOME.resolve("out.json")));
    assertThat(prices).isEqualTo(HOME.resolve("p.json"));
  }
}
