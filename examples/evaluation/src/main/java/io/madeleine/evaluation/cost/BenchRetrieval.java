package io.madeleine.evaluation.cost;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.madeleine.evaluation.plot.Axis;
import io.madeleine.evaluation.plot.Axis.Tick;
import io.madeleine.evaluation.plot.Chart;
import io.madeleine.evaluation.scratch.Scratch;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code madeleine bench retrieval}: what a search costs as the store grows, without vectors (see
 * {@link SyntheticTurns}). CPU time of the searching thread stands beside wall time, so that a busy
 * machine says something too.
 */
@Command(
    name = "retrieval",
    mixinStandardHelpOptions = true,
    description = "latency, ingest, memory and disk as the store grows")
public final class BenchRetrieval implements Callable<Integer> {

  private static final double FEWEST_SHOWN = 5_000;
  private static final double MOST_SHOWN = 1_250_000;

  @Option(names = "--turns", split = ",", defaultValue = "10000,100000,1000000")
  private int[] sizes = {};

  @Option(
      names = "--queries",
      defaultValue = "1000",
      description = "measured, after 2,000 of warm-up; 1 asks one and warms nothing up")
  private int queries = 1_000;

  @Option(names = "--keep", description = "build the stores here, once: a later run only asks them")
  private Optional<Path> keep = Optional.empty();

  @Option(names = "--json")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--svg", description = "plot of cost over size")
  private Optional<Path> svg = Optional.empty();

  private final PrintStream out = System.out;

  /**
   * One size.
   *
   * @param heapPerTurn bytes of the heap that the open index holds, for each turn
   */
  record Row(
      int turns,
      StoreSize.Ingest ingest,
      double bytesPerTurn,
      double heapPerTurn,
      Durations conversation,
      Durations all) {}

  @Override
  public Integer call() throws IOException {
    List<Row> rows = new ArrayList<>();
    out.printf(
        "%9s %12s %7s %7s %34s %34s%n",
        "turns", "ingest/s", "B/turn", "heap/t", "conversation p50/p99 ms", "tenant p50/p99 ms");
    for (int size : sizes) {
      Row row = measure(size);
      rows.add(row);
      out.printf(
          Locale.ROOT,
          "%9d %12.0f %7.0f %7.1f %34s %34s%n",
          row.turns(),
          row.ingest().turnsPerSecond(),
          row.bytesPerTurn(),
          row.heapPerTurn(),
          text(row.conversation()),
          text(row.all()));
    }
    if (json.isPresent()) {
      write(rows, json.get());
    }
    if (svg.isPresent()) {
      Files.writeString(svg.get(), plot(rows));
    }
    return 0;
  }

  private Row measure(int size) throws IOException {
    if (keep.isPresent()) {
      return new StoreSize(size, keep.get().resolve("turns-" + size)).measure(queries);
    }
    try (var scratch = Scratch.named("madeleine-bench")) {
      return new StoreSize(size, scratch.directory()).measure(queries);
    }
  }

  private static String text(Durations of) {
    return String.format(
        Locale.ROOT,
        "%.2f/%.2f wall %.2f/%.2f cpu",
        of.wall(0.5),
        of.wall(0.99),
        of.cpu(0.5),
        of.cpu(0.99));
  }

  private static void write(List<Row> rows, Path file) throws IOException {
    ObjectNode root = new ObjectMapper().createObjectNode();
    ArrayNode array = root.putArray("rows");
    for (Row row : rows) {
      ObjectNode node = array.addObject();
      node.put("turns", row.turns());
      node.put("ingestTurnsPerCpuSecond", Math.round(row.ingest().turnsPerCpuSecond()));
      node.put("ingestTurnsPerSecond", Math.round(row.ingest().turnsPerSecond()));
      node.put("bytesPerTurn", Math.round(row.bytesPerTurn()));
      node.put("heapBytesPerTurn", row.heapPerTurn());
      row.conversation().addTo(node.putObject("conversation"));
      row.all().addTo(node.putObject("unfiltered"));
    }
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), root);
  }

  /** Both axes logarithmic: turns to the right, milliseconds on the wall upward. */
  private static String plot(List<Row> rows) {
    List<Tick> sizes =
        rows.stream().map(r -> new Tick(r.turns(), "%,d".formatted(r.turns()))).toList();
    List<Tick> millis =
        DoubleStream.of(0.01, 0.1, 1, 10, 100)
            .mapToObj(ms -> new Tick(ms, (ms < 1 ? "%s ms" : "%.0f ms").formatted(ms)))
            .toList();
    var chart =
        new Chart(
            "A search as the store grows (turns)",
            new Axis(true, FEWEST_SHOWN, MOST_SHOWN, sizes),
            new Axis(true, 0.01, 100, millis),
            List.of(
                line(rows, "conversation p50", "#2a78d6", r -> r.conversation().wall(0.5)),
                line(rows, "conversation p99", "#86b6ef", r -> r.conversation().wall(0.99)),
                line(rows, "tenant p50", "#b3541e", r -> r.all().wall(0.5)),
                line(rows, "tenant p99", "#eb9a6b", r -> r.all().wall(0.99))));
    return Chart.svg(List.of(chart));
  }

  private static Chart.Line line(
      List<Row> rows, String name, String colour, ToDoubleFunction<Row> value) {
    return new Chart.Line(
        name,
        colour,
        rows.stream().map(r -> new Chart.Point(r.turns(), value.applyAsDouble(r))).toList());
  }
}
