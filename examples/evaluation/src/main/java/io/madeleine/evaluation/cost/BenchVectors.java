package io.madeleine.evaluation.cost;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.madeleine.evaluation.scratch.Scratch;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.IndexOptions.Vectors;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code madeleine bench vectors}: what whole, one-byte and one-bit vectors cost, and how many of
 * the exact nearest they still find, on vectors that {@code eval retrieval --cache} left behind.
 */
@Command(
    name = "vectors",
    mixinStandardHelpOptions = true,
    description = "float, int8 and one-bit vectors: recall of the exact nearest, disk, latency")
public final class BenchVectors implements Callable<Integer> {

  private static final int WARM_UP = 300;

  @Option(names = "--texts", required = true, description = "vectors of texts, little-endian f32")
  private Path texts = Path.of("");

  @Option(names = "--questions", required = true, description = "vectors of questions")
  private Path questions = Path.of("");

  @Option(names = "--dimension", defaultValue = "384")
  private int dimension = 384;

  @Option(
      names = "--turns",
      defaultValue = "0",
      description = "how many; beyond those of the file, each again with noise; 0: as they are")
  private int turns;

  @Option(names = "--queries", defaultValue = "500")
  private int queries = 500;

  @Option(names = "--depths", split = ",", defaultValue = "96")
  private int[] depths = {};

  @Option(names = "--json")
  private Optional<Path> json = Optional.empty();

  private final PrintStream out = System.out;

  @Override
  public Integer call() throws IOException {
    float[][] stored = VectorFile.read(texts, dimension);
    float[][] known = VectorFile.grown(stored, turns == 0 ? stored.length : turns);
    float[][] asked = VectorFile.read(questions, dimension);
    asked = Arrays.copyOf(asked, Math.min(queries, asked.length));
    var nearest = new ExactNearest(known, asked);
    ObjectNode root = new ObjectMapper().createObjectNode();
    ArrayNode rows = root.putArray("rows");
    out.printf(
        "%-7s %6s %8s %8s %8s %9s %26s%n",
        "layout", "depth", "turns", "of 10", "of 96", "B/turn", "search p50/p99 ms, cpu");
    for (Vectors layout : Vectors.values()) {
      try (var scratch = Scratch.named("madeleine-vectors")) {
        var store = new VectorLayout(known, layout, scratch.directory());
        for (int depth : depths) {
          row(rows.addObject(), store, depth, asked, nearest);
        }
      }
    }
    if (json.isPresent()) {
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(json.get().toFile(), root);
    }
    return 0;
  }

  private void row(
      ObjectNode row, VectorLayout store, int depth, float[][] asked, ExactNearest nearest)
      throws IOException {
    IndexOptions options = VectorLayout.options(store.layout(), depth);
    try (var index = store.open(options)) {
      double ten = 0;
      double many = 0;
      for (int q = 0; q < asked.length; q++) {
        var looked = store.lookedAt(index, asked[q]);
        ten += nearest.share(q, 10, looked) / asked.length;
        many += nearest.share(q, ExactNearest.MOST, looked) / asked.length;
      }
      var next = new int[1];
      Durations took =
          Durations.of(
              WARM_UP, asked.length, () -> store.lookedAt(index, asked[next[0]++ % asked.length]));
      double bytes = (double) index.report().bytes() / store.size();
      row.put("layout", store.layout().name());
      row.put("depth", depth);
      row.put("turns", store.size());
      row.put("recall10", ten);
      row.put("recall96", many);
      row.put("bytesPerTurn", bytes);
      took.addTo(row);
      out.printf(
          Locale.ROOT,
          "%-7s %6d %8d %8.4f %8.4f %9.0f %17.2f / %.2f%n",
          store.layout(),
          depth,
          store.size(),
          ten,
          many,
          bytes,
          took.cpu(0.5),
          took.cpu(0.99));
    }
  }
}
