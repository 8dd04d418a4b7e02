package io.madeleine.evaluation.segmentation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class SegmentationCommandTest {

  @TempDir Path directory;
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new SegmentationCommand())
        .setOut(new PrintWriter(new StringWriter()))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  @Test
  void call_missingFile_isOneClearLine() {
    int status = run("--data", directory.resolve("none.json").toString(), "--embedder", "none");

    assertThat(status).isEqualTo(2);
    assertThat(err.toString().strip().lines()).singleElement().asString().contains("no file at");
  }

  @Test
  void call_setAsItIsPublished_saysWhichFieldsAreExpected() throws IOException {
    Path data = directory.resolve("published.json");
    Files.writeString(data, "[{\"dial_id\": \"a\", \"utterances\": [\"hello\"]}]");

    int status = run("--data", data.toString(), "--embedder", "none");

    assertThat(status).isEqualTo(2);
    assertThat(err.toString()).contains("published.json", "dialogue 0", "boundaries", "data.md");
  }

  @Test
  void call_topics_writesOurRowsAndTheControls() throws IOException {
    Path data = directory.resolve("set.json");
    Files.writeString(
        data,
        """
        [{"id": "a", "turns": [{"speaker": "user", "text": "I need a train to York"},
          {"speaker": "agent", "text": "which day does the train leave?"},
          {"speaker": "user", "text": "hello, what is the weather in Rome?"},
          {"speaker": "agent", "text": "sunny"}], "boundaries": [2]}]
        """);
    Path json = directory.resolve("out.json");

    int status = run("--data", data.toString(), "--json", json.toString(), "--embedder", "none");

    assertThat(status).isZero();
    var rows = new ObjectMapper().readTree(json.toFile()).get("rows");
    assertThat(rows.get(0).get("method").asText()).isEqualTo("madeleine");
    assertThat(rows.get(0).get("lookAhead").asInt()).isZero();
    for (String field : List.of("pk", "windowDiff", "f1", "segments")) {
      assertThat(rows.get(0).has(field)).isTrue();
    }
    assertThat(rows.findValuesAsText("method")).contains("random, as dense", "no boundary");
  }

  @Test
  void call_sessionsWithDates_findsTheirStarts() throws IOException {
    Path data = directory.resolve("chat.json");
    Files.writeString(
        data,
        """
        [{"id": "a", "sessions": [
          {"date": "1:56 pm on 8 May, 2023", "turns": [{"speaker": "Ana", "text": "boats again"},
            {"speaker": "Bo", "text": "what boats?"}]},
          {"date": "9:00 am on 10 May, 2023", "turns": [{"speaker": "Bo", "text": "the same boats"},
            {"speaker": "Ana", "text": "boats"}]}]}]
        """);
    Path json = directory.resolve("out.json");

    int status = run("--data", data.toString(), "--json", json.toString(), "--embedder", "none");

    assertThat(status).isZero();
    var first = new ObjectMapper().readTree(json.toFile()).get("rows").get(0);
    assertThat(first.get("f1").asDouble()).isEqualTo(1);
    assertThat(first.get("segments").asDouble()).isEqualTo(2);
  }

  @Test
  void instant_publishedForms_areAllUnderstood() {
    assertThat(SegmentationData.instant("1:56 pm on 8 May, 2023"))
        .isEqualTo(SegmentationData.instant("2023-05-08T13:56:00"))
        .isEqualTo(SegmentationData.instant("2023-05-08T13:56:00Z"))
        .isPresent();
    assertThat(SegmentationData.instant("some day")).isEmpty();
  }
}
