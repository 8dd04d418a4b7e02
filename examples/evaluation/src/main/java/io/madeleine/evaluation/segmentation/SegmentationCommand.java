package io.madeleine.evaluation.segmentation;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.madeleine.langchain4j.InProcessEmbedders;
import io.madeleine.memory.segmentation.SegmentationSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code eval segmentation}: Pk, WindowDiff and F1 on a set with known boundaries. */
@Command(
    name = "segmentation",
    mixinStandardHelpOptions = true,
    description = "How well are the boundaries of a set found, beside random cuts?")
public final class SegmentationCommand implements Callable<Integer> {

  @Option(names = "--data", required = true, description = "A JSON file of dialogues.")
  Path data = Path.of("");

  @Option(names = "--json", description = "Where to write the rows.")
  @Nullable Path json;

  @Option(
      names = "--embedder",
      defaultValue = "mini-lm",
      description = "mini-lm (default), bge-small or none.")
  String embedder = "";

  @Option(names = "--vectors", description = "A file that keeps vectors between runs.")
  @Nullable Path vectors;

  @Option(names = "--threads", defaultValue = "2", description = "Threads that embed.")
  int threads;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    SegmentationData set;
    try {
      set = SegmentationData.read(data);
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      return spec.exitCodeOnInvalidInput();
    }
    List<Row> rows = new Comparison(embedded(set, err), settings()).rows();
    print(rows, spec.commandLine().getOut());
    if (json != null) {
      var report = Map.of("rows", rows.stream().map(Row::json).toList());
      Files.writeString(
          json, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
    }
    return 0;
  }

  private SegmentationSettings settings() {
    return embedder.equals("bge-small")
        ? SegmentationSettings.DEFAULT.withLikeness(SegmentationSettings.Likeness.BGE_SMALL)
        : SegmentationSettings.DEFAULT;
  }

  private SegmentationData embedded(SegmentationData set, PrintWriter err) throws IOException {
    if (embedder.equals("none")) {
      return set;
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      var model =
          switch (embedder) {
            case "mini-lm" -> InProcessEmbedders.miniLm(executor);
            case "bge-small" -> InProcessEmbedders.bgeSmall(executor);
            default ->
                throw new IllegalArgumentException(
                    "--embedder is mini-lm, bge-small or none, but was " + embedder);
          };
      var cache = new CachedVectors(model, Optional.ofNullable(vectors), err);
      return new SegmentationData(cache.addTo(set.dialogues()), set.sessions());
    }
  }

  private static void print(List<Row> rows, PrintWriter out) {
    out.printf("%-40s %5s %6s %6s %6s %9s%n", "method", "ahead", "Pk", "WD", "F1", "segments");
    for (Row row : rows) {
      out.printf(
          Locale.ROOT,
          "%-40s %5d %6.3f %6.3f %6.3f %9.2f%n",
          row.method(),
          row.lookAhead(),
          row.metrics().pk(),
          row.metrics().windowDiff(),
          row.metrics().f1(),
          row.metrics().segments());
    }
    out.flush();
  }
}
