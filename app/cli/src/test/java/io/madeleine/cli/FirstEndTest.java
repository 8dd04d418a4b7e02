package io.madeleine.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pocket model is told three facts, the program ends, and another one is asked for them. */
final class FirstEndTest {

  private final Path directory;

  FirstEndTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /**
   * How a process ended.
   *
   * @param status its exit status
   * @param out what it wrote to stdout
   * @param err what it wrote to stderr
   */
  private record Ended(int status, List<String> out, String err) {}

  private Ended chat(String... lines) throws IOException, InterruptedException {
    return chat(List.of(), lines);
  }

  private Ended chat(List<String> options, String... lines)
      throws IOException, InterruptedException {
    Path in = Files.write(directory.resolve("in"), List.of(lines), UTF_8);
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-Xmx512m"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
    command.addAll(List.of(System.getProperty("java.class.path"), Main.class.getName(), "chat"));
    command.addAll(List.of("--data", directory.resolve("a b").toString(), "--tenant", "t"));
    command.addAll(options);
    int status =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start()
            .waitFor();
    return new Ended(status, Files.readAllLines(out, UTF_8), Files.readString(err, UTF_8));
  }

  @Test
  void chat_threeFactsThenARestart_answersAndSaysWhatWasThere() throws Exception {
    Path typed = Files.createDirectories(directory.resolve("a b")).resolve("chat-lines");
    Files.writeString(typed, "a line of an earlier build\n", UTF_8);
    Ended told =
        chat(
            "My sister is called Zelandra.",
            "Zelandra lives in Quillport. She works as a beekeeper.",
            "The door code is 4821.",
            "/stats");
    assertThat(told.status()).isZero();
    assertThat(typed).doesNotExist();
    assertThat(told.out()).hasSize(3);
    assertThat(told.err()).contains("toy", "./madeleine pull", "tenant 't'", "tokens were there");

    Ended asked = chat("Where does my sister live?", "/stats", "What is the door code?", "/stats");
    assertThat(asked.status()).isZero();
    assertThat(asked.out().get(0)).contains("Quillport");
    assertThat(asked.out().get(1)).contains("4821");
    assertThat(asked.err())
        .contains("3 turns so far", "MiB in memory", "5 turns in this conversation")
        .containsPattern("last turn: [5-9]\\d tokens were there, \\d+ read, first token after")
        .doesNotContain("lucene");
  }

  @Test
  void chat_boundOnTheContext_isKept() throws Exception {
    Ended ended = chat(List.of("--context", "128"), "tell me about beekeepers ".repeat(40));

    assertThat(ended.err()).contains("(context 128 tokens)");
    assertThat(ended.status()).isZero();

    Ended none = chat(List.of("--context", "40"), "hello");
    assertThat(none.err()).contains("the model's context holds 39 with one to answer");
    assertThat(none.status()).isEqualTo(1);
  }

  @Test
  void chat_lineBeyondTheContext_isReadInBlocksAndAnswered() throws Exception {
    Ended ended =
        chat(
            "tell me about beekeepers ".repeat(2_000),
            "My sister is called Zelandra.",
            "What is my sister called?");

    assertThat(ended.err()).doesNotContain("at io.madeleine");
    assertThat(ended.out().getLast()).contains("Zelandra");
    assertThat(ended.status()).isZero();
  }
}
