package io.madeleine.evaluation.retrieval;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.madeleine.evaluation.plot.Axis;
import io.madeleine.evaluation.plot.Axis.Tick;
import io.madeleine.evaluation.plot.Chart;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.IndexReport;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.IndexedTurn;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.retrieval.RecallRequest;
import io.madeleine.memory.retrieval.Retriever;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code madeleine bench retrieval}: what a search costs as the store grows. Synthetic turns of
 * eighteen Zipf-distributed words in conversations of 500, without vectors; questions of six words.
 * Milliseconds are CPU time of the searching thread, so that a busy machine says the same as a
 * quiet one; wall time stands beside it.
 */
@Command(
    name = "retrieval",
    mixinStandardHelpOptions = true,
    description = "latency, ingest, memory and disk as the store grows")
public final class BenchRetrieval implements Callable<Integer> {

  private static final int CONVERSATION = 500;
  private static final int TENANT = 100_000;
  private static final int VOCABULARY = 50_000;
  private static final int WORDS = 18;
  private static final int ASKED = 6;
  private static final int WARM_UP = 2_000;
  private static final double FEWEST_SHOWN = 5_000;
  private static final double MOST_SHOWN = 1_250_000;

  @Option(names = "--turns", split = ",", defaultValue = "10000,100000,1000000")
  private int[] sizes = {};

  @Option(names = "--queries", defaultValue = "1000")
  private int queries = 1_000;

  @Option(names = "--json")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--svg", description = "plot of cost over size")
  private Optional<Path> svg = Optional.empty();

  private final PrintStream out = System.out;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  /** Percentiles in milliseconds. */
  private record Cost(double p50, double p99, double wallP50, double wallP99) {}

  /** One size. */
  private record Row(
      int turns, double turnsPerCpuSecond, double bytesPerTurn, Cost conversation, Cost all) {}

  @Override
  public Integer call() throws IOException {
    List<Row> rows = new ArrayList<>();
    out.printf(
        "%10s %12s %10s %24s %24s%n",
        "turns", "ingest/s cpu", "B/turn", "conversation p50/p99 ms", "tenant p50/p99 ms");
    for (int size : sizes) {
      Row row = measure(size);
      rows.add(row);
      out.printf(
          Locale.ROOT,
          "%10d %12.0f %10.0f %15.3f / %.3f %15.3f / %.3f%n",
          row.turns(),
          row.turnsPerCpuSecond(),
          row.bytesPerTurn(),
          row.conversation().p50(),
          row.conversation().p99(),
          row.all().p50(),
          row.all().p99());
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
    Path directory = Files.createTempDirectory("madeleine-bench");
    try (var index = TurnIndex.open(directory, IndexOptions.DEFAULT, Optional.empty())) {
      var random = new Random(7);
      long before = threads.getCurrentThreadCpuTime();
      List<IndexedTurn> batch = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        batch.add(turn(i, random));
        if (batch.size() == 256 || i == size - 1) {
          index.addAll(batch);
          batch.clear();
        }
      }
      index.commit();
      double seconds = (threads.getCurrentThreadCpuTime() - before) / 1e9;
      IndexReport report = index.report();
      var retriever = new Retriever(index, ZoneOffset.UTC);
      Cost conversation =
          cost(
              retriever,
              () -> TurnFilter.in(key(random.nextInt(Math.max(1, size / CONVERSATION)))),
              random);
      Cost all = cost(retriever, () -> TurnFilter.of(new Tenant("t0")), random);
      return new Row(size, size / seconds, (double) report.bytes() / size, conversation, all);
    } finally {
      delete(directory);
    }
  }

  private Cost cost(
      Retriever retriever, java.util.function.Supplier<TurnFilter> filter, Random random) {
    var cpu = new double[queries];
    var wall = new double[queries];
    for (int q = -WARM_UP; q < queries; q++) {
      var request = new RecallRequest(filter.get(), words(ASKED, random), Instant.EPOCH);
      long wallBefore = System.nanoTime();
      long before = threads.getCurrentThreadCpuTime();
      int found = retriever.rank(request, Optional.empty()).size();
      if (q >= 0 && found >= 0) {
        cpu[q] = (threads.getCurrentThreadCpuTime() - before) / 1e6;
        wall[q] = (System.nanoTime() - wallBefore) / 1e6;
      }
    }
    Arrays.sort(cpu);
    Arrays.sort(wall);
    int late = (int) (0.99 * (queries - 1));
    return new Cost(cpu[queries / 2], cpu[late], wall[queries / 2], wall[late]);
  }

  private static IndexedTurn turn(int i, Random random) {
    int conversation = i / CONVERSATION;
    int place = i % CONVERSATION;
    return new IndexedTurn(
        key(conversation),
        i + 1,
        place,
        "t" + i,
        Instant.EPOCH.plusSeconds(60L * place),
        place % 2 == 0 ? "Ann" : "Bob",
        "talk",
        "",
        words(WORDS, random));
  }

  /** One tenant owns everything up to a hundred thousand turns per tenant and all at a million. */
  private static ConversationKey key(int conversation) {
    return ConversationKey.of(
        "t" + (conversation % 10 == 9 ? 1 + conversation * CONVERSATION / TENANT : 0),
        "c" + conversation);
  }

  private static String words(int count, Random random) {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      int word = (int) Math.pow(VOCABULARY, random.nextDouble()) - 1;
      text.append(i == 0 ? "w" : " w").append(Integer.toString(word, 36)).append('x');
    }
    return text.toString();
  }

  private static void write(List<Row> rows, Path file) throws IOException {
    ObjectNode root = new ObjectMapper().createObjectNode();
    ArrayNode array = root.putArray("rows");
    for (Row row : rows) {
      ObjectNode node = array.addObject();
      node.put("turns", row.turns());
      node.put("ingestTurnsPerCpuSecond", Math.round(row.turnsPerCpuSecond()));
      node.put("bytesPerTurn", Math.round(row.bytesPerTurn()));
      put(node.putObject("conversation"), row.conversation());
      put(node.putObject("unfiltered"), row.all());
    }
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), root);
  }

  private static void put(ObjectNode node, Cost cost) {
    node.put("cpuMillisP50", cost.p50());
    node.put("cpuMillisP99", cost.p99());
    node.put("wallMillisP50", cost.wallP50());
    node.put("wallMillisP99", cost.wallP99());
  }

  /** Both axes logarithmic: turns to the right, milliseconds of CPU upward. */
  private static String plot(List<Row> rows) {
    List<Tick> sizes =
        rows.stream().map(r -> new Tick(r.turns(), "%,d".formatted(r.turns()))).toList();
    List<Tick> millis =
        DoubleStream.of(0.01, 0.1, 1, 10, 100)
            .mapToObj(ms -> new Tick(ms, (ms < 1 ? "%s ms" : "%.0f ms").formatted(ms)))
            .toList();
    var chart =
        new Chart(
            "CPU time of a search as the store grows (turns)",
            new Axis(true, FEWEST_SHOWN, MOST_SHOWN, sizes),
            new Axis(true, 0.01, 100, millis),
            List.of(
                line(rows, "conversation p50", "#2a78d6", r -> r.conversation().p50()),
                line(rows, "conversation p99", "#86b6ef", r -> r.conversation().p99()),
                line(rows, "tenant p50", "#b3541e", r -> r.all().p50()),
                line(rows, "tenant p99", "#eb9a6b", r -> r.all().p99())));
    return Chart.svg(List.of(chart));
  }

  private static Chart.Line line(
      List<Row> rows, String name, String colour, ToDoubleFunction<Row> value) {
    return new Chart.Line(
        name,
        colour,
        rows.stream().map(r -> new Chart.Point(r.turns(), value.applyAsDouble(r))).toList());
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
