package io.madeleine.evaluation.turn;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class BenchTurnCommandTest {

  @Test
  void call_twoHistories_writesARowForEveryMethodAndDrawsThem(@TempDir Path directory)
      throws IOException {
    Path json = directory.resolve("turn.json");
    Path svg = directory.resolve("turn.svg");
    var out = new StringWriter();
    int code =
        new CommandLine(new BenchTurnCommand())
            .setOut(new PrintWriter(out))
            .execute("--history", "800,400", "--ram", "4", "--json", "" + json, "--svg", "" + svg);
    assertThat(code).isZero();
    List<JsonNode> rows = new ArrayList<>();
    new ObjectMapper().readTree(json.toFile()).get("rows").forEach(rows::add);
    assertThat(rows.stream().map(row -> row.get("method").asText()))
        .contains("events", "topics", "text", "window", "reprefill")
        .hasSize(12);
    assertThat(rows.getFirst().get("history").asInt()).isBetween(400, 500);
    JsonNode events = row(rows, 6, "events");
    JsonNode again = row(rows, 6, "reprefill");
    assertThat(events.get("prefilled").asInt()).isEqualTo(24);
    assertThat(events.get("ramBytes").asLong()).isLessThan(16 << 20);
    assertThat(events.get("diskBytes").asLong()).isPositive();
    assertThat(again.get("prefilled").asInt()).isGreaterThan(800);
    assertThat(out.toString()).contains("| events | 4").contains("| reprefill | 8");
    assertThat(Files.readString(svg)).contains("polyline").contains("reprefill").contains("memory");
  }

  private static JsonNode row(List<JsonNode> rows, int from, String method) {
    return rows.subList(from, rows.size()).stream()
        .filter(row -> row.get("method").asText().equals(method))
        .findFirst()
        .orElseThrow();
  }
}
