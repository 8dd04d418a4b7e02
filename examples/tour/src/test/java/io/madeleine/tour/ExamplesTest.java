package io.madeleine.tour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

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
  void anyModel_factOlderThanTheWindow_comesBackInFrontOfTheQuestion() {
    var out = new ByteArrayOutputStream();
    AnyModelRemembers.run(
        new Echo().model(), data, new PrintStream(out, true, StandardCharsets.UTF_8));

    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines.getFirst()).isEqualTo("Sent 1, last: My sister is called Zelandra.");
    assertThat(lines.getLast())
        .startsWith("Sent 5, last: <recalled_memory>")
        .contains("Zelandra")
        .endsWith("What is my sister called?");
  }

  @Test
  void spring_threeProperties_giveAnApplicationThatRemembers() throws Exception {
    assertThat(run(new SpringExample()).lines().toList().get(1)).contains("Zelandra");
    assertThat(Files.readAllLines(Path.of("src/main/java/io/madeleine/tour/SpringRemembers.java")))
        .hasSizeLessThanOrEqualTo(40);
  }

  @Test
  void spring_factOlderThanTheWindow_comesBackInFrontOfTheQuestion() {
    var out = new ByteArrayOutputStream();
    SpringExample.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        List.of(SpringRemembers.class, Echo.class),
        "--madeleine.data=" + data,
        "--madeleine.tenant=acme",
        "--madeleine.window.turns=2",
        "--logging.level.root=warn");

    List<String> lines =
        out.toString(StandardCharsets.UTF_8).lines().filter(l -> l.startsWith("Sent ")).toList();
    assertThat(lines).hasSize(5);
    assertThat(lines.getLast())
        .startsWith("Sent 5, last: <recalled_memory>")
        .contains("My sister is called Zelandra.")
        .endsWith("What is my sister called?");
  }

  /** A model that answers with what it was sent, in place of one of ours. */
  @Configuration(proxyBeanMethods = false)
  static class Echo {

    @Bean
    ChatModel model() {
      return new ChatModel() {
        @Override
        public ChatResponse doChat(ChatRequest request) {
          List<ChatMessage> sent = request.messages();
          String asked = ((UserMessage) sent.getLast()).singleText().replace('\n', ' ');
          return ChatResponse.builder()
              .aiMessage(AiMessage.from("Sent %d, last: %s".formatted(sent.size(), asked)))
              .build();
        }
      };
    }
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
