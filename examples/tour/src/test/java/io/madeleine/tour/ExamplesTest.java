package io.madeleine.tour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExamplesTest {

  @TempDir Path data;

  @Test
  void hello_runTwice_knowsTheSecondTimeWithoutReadingTheFactAgain() throws Exception {
    assertThat(run(new HelloMemory())).contains("Zelandra");

    String second = run(new HelloMemory());
    assertThat(second).contains("Zelandra");
    int reused = Integer.parseInt(second.lines().toList().getLast().split(" ")[0]);
    assertThat(reused).isGreaterThan(20);
  }

  @Test
  void episodes_run_bringsFactsBack() throws Exception {
    assertThat(run(new EpisodesReturn()))
        .contains("Zelandra lives in Quillport.")
        .contains("The garage code is 4821.");
  }

  @Test
  void anyModel_run_sendsTheWholeTurnsBefore() throws Exception {
    var out = new ByteArrayOutputStream();
    ChatModel echo =
        new ChatModel() {
          @Override
          public ChatResponse doChat(ChatRequest request) {
            return ChatResponse.builder()
                .aiMessage(AiMessage.from("I was sent " + request.messages().size()))
                .build();
          }
        };
    AnyModelRemembers.run(echo, data, new PrintStream(out, true, StandardCharsets.UTF_8));

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("I was sent 1")
        .contains("I was sent 3");
  }

  @Test
  void spring_threeProperties_giveAnApplicationThatRemembers() throws Exception {
    assertThat(run(new SpringExample())).contains("Mopsel");
    assertThat(Files.readAllLines(Path.of("src/main/java/io/madeleine/tour/SpringRemembers.java")))
        .hasSizeLessThanOrEqualTo(40);
  }

  @Test
  void readme_javaExample_isTheOneThatRuns() throws Exception {
    String source = Files.readString(Path.of("src/main/java/io/madeleine/tour/HelloMemory.java"));
    String wanted =
        source
            .substring(
                source.indexOf("// README: begin") + "// README: begin".length(),
                source.indexOf("    // README: end"))
            .lines()
            .map(line -> line.startsWith("    ") ? line.substring(4) : line)
            .collect(Collectors.joining("\n"))
            .strip();

    assertThat(Files.readString(Path.of("../../README.md"))).contains(wanted);
  }

  private String run(Example example) throws Exception {
    var out = new ByteArrayOutputStream();
    example.run(data, new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }
}
