package io.madeleine.evaluation.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class CostTest {

  @TempDir private Path directory;

  @Test
  void benchRetrieval_keptStore_isBuiltOnceAndAskedAgain() throws IOException {
    Path json = directory.resolve("cost.json");
    Path keep = directory.resolve("keep");
    String[] arguments = {
      "--turns",
      "700",
      "--queries",
      "1",
      "--keep",
      keep.toString(),
      "--json",
      json.toString(),
      "--svg",
      directory.resolve("cost.svg").toString()
    };
    assertThat(run(new BenchRetrieval(), arguments)).isZero();
    JsonNode first = new ObjectMapper().readTree(json.toFile()).at("/rows/0");
    assertThat(run(new BenchRetrieval(), arguments)).isZero();
    JsonNode second = new ObjectMapper().readTree(json.toFile()).at("/rows/0");

    assertThat(second.path("turns").asInt()).isEqualTo(700);
    assertThat(second.path("ingestTurnsPerSecond")).isEqualTo(first.path("ingestTurnsPerSecond"));
    assertThat(second.at("/conversation/wallMillisP99").asDouble()).isPositive();
    assertThat(directory.resolve("cost.svg")).content().contains("tenant p99");
  }

  @Test
  void benchVectors_fewTurns_findsNearlyAllOfTheNearestInEveryLayout() throws IOException {
    Path texts = vectors("texts", 600);
    Path questions = vectors("questions", 20);
    Path json = directory.resolve("vectors.json");
    assertThat(
            run(
                new BenchVectors(),
                "--texts",
                texts.toString(),
                "--questions",
                questions.toString(),
                "--dimension",
                "32",
                "--turns",
                "900",
                "--json",
                json.toString()))
        .isZero();

    JsonNode rows = new ObjectMapper().readTree(json.toFile()).path("rows");
    assertThat(rows).hasSize(3);
    assertThat(rows)
        .allSatisfy(row -> assertThat(row.path("turns").asInt()).isEqualTo(900))
        .allSatisfy(row -> assertThat(row.path("recall10").asDouble()).isGreaterThan(0.9));
  }

  @Test
  void exactNearest_ofOneQuestion_isByCosine() {
    float[][] known = {{1, 0}, {0, 1}, {0.8f, 0.6f}};
    var nearest = new ExactNearest(known, new float[][] {{1, 0}});

    assertThat(nearest.share(0, 2, Set.of(0, 2))).isEqualTo(1);
    assertThat(nearest.share(0, 2, Set.of(0, 1))).isEqualTo(0.5);
  }

  @Test
  void vectorFile_halfAVector_isRefused() throws IOException {
    Path file = directory.resolve("half");
    Files.write(file, new byte[6]);

    assertThatThrownBy(() -> VectorFile.read(file, 1)).hasMessageContaining("6 bytes");
  }

  private Path vectors(String name, int count) throws IOException {
    var random = new Random(count);
    ByteBuffer bytes = ByteBuffer.allocate(count * 32 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      var vector = new double[32];
      double squares = 0;
      for (int d = 0; d < vector.length; d++) {
        vector[d] = random.nextGaussian();
        squares += vector[d] * vector[d];
      }
      for (double x : vector) {
        bytes.putFloat((float) (x / Math.sqrt(squares)));
      }
    }
    Path file = directory.resolve(name);
    Files.write(file, bytes.array());
    return file;
  }

  private static int run(Object command, String... arguments) {
    return new CommandLine(command).execute(arguments);
  }
}
