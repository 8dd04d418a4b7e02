package io.madeleine.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class MainTest {

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
}
