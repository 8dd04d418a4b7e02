package io.madeleine.tour.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs every agent on the pocket model. */
final class AgentExamplesTest {

  @TempDir Path directory;

  @Test
  void weeks_factsOfThirtyDaysAgo_areRecalledAndAnswered() throws Exception {
    String said = run(new WeeksAssistant());

    assertThat(said)
        .contains("2026-03-02 > My sister is called Zelandra.")
        .contains("2026-04-01 > What is my sister called?");
    assertThat(said.substring(said.indexOf("2026-04-01"))).contains("Zelandra").contains("Mopsel");
  }

  @Test
  void support_quickAndSlowTool_showsWhyEachCacheIsLeased() throws Exception {
    String said = run(new SupportAgent(Duration.ofMillis(50)));

    assertThat(said)
        .contains("waits for price")
        .contains("waits for weather")
        .contains("why: ")
        .contains("CLAIMED: the request came back");
  }

  @Test
  void agents_samePrefix_isReadOnce() throws Exception {
    String said = run(new TwoAgents());

    var known = Pattern.compile("(\\d+) tokens of the prompt, (\\d+) of them known").matcher(said);
    assertThat(known.find()).isTrue();
    assertThat(known.group(2)).isEqualTo("0");
    assertThat(known.find()).isTrue();
    assertThat(Integer.parseInt(known.group(2))).isGreaterThan(40);
    assertThat(said).contains("Zelandra");
  }

  @Test
  void cases_secondTaskOfAKind_seesTheFirstOnesTrajectory() throws Exception {
    String said = run(new CaseMemory());

    List<String> lines = said.lines().toList();
    assertThat(lines.getFirst())
        .isEqualTo("> What is the weather in Oslo? (0 messages of earlier cases in front)");
    assertThat(said).containsPattern("weather in Bergen\\? \\([1-9]\\d* messages");
    assertThat(said.substring(said.indexOf("> What is the weather in Bergen?")))
        .contains("Bergen\"");
  }

  @Test
  void brain_fileThatBeginsWithATilde_isLookedForInTheHomeDirectory() {
    String inHome = Path.of(System.getProperty("user.home")).resolve("no-such.gguf").toString();

    assertThatThrownBy(() -> Brain.of("~/no-such.gguf", directory)).hasMessageContaining(inHome);
  }

  @Test
  void everyAgent_isAPageAtMost() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("src/main/java/io/madeleine/tour/agent"))) {
      for (Path file : files.toList()) {
        assertThat(Files.readAllLines(file)).as(file.toString()).hasSizeLessThanOrEqualTo(120);
      }
    }
  }

  private String run(AgentExample agent) throws Exception {
    var out = new ByteArrayOutputStream();
    try (Brain brain = Brain.of("pocket", directory.resolve("models"))) {
      agent.run(
          brain, directory.resolve("data"), new PrintStream(out, true, StandardCharsets.UTF_8));
    }
    String said = out.toString(StandardCharsets.UTF_8);
    return said;
  }
}
