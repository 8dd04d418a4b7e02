package io.madeleine.evaluation.retention;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.madeleine.conversation.ready.HomePath;
import io.madeleine.engine.gguf.GgufFile;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.interval.PairedRatio;
import io.madeleine.evaluation.retention.Simulation.Arm;
import io.madeleine.evaluation.retention.hosted.HostedCosts;
import io.madeleine.evaluation.retention.hosted.HostedRow;
import io.madeleine.evaluation.scratch.Scratch;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.PriceSheet;
import io.madeleine.memory.retention.RetentionPolicy;
import io.madeleine.memory.retention.RetentionPolicy.Caps;
import io.madeleine.memory.retention.RetentionPolicy.ColdStart;
import io.madeleine.pocket.PocketModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code eval retention}: order × retention × tier × load, paired over seeds. */
@Command(
    name = "retention",
    mixinStandardHelpOptions = true,
    description = "Does leasing caches while tools run pay? Order × retention × tier × load.")
public final class RetentionCommand implements Callable<Integer> {

  @Option(names = "--programs", defaultValue = "200", description = "Agents per run.")
  int programs;

  @Option(names = "--seeds", defaultValue = "5", description = "Runs per arm, paired by seed.")
  int seeds;

  @Option(
      names = "--first-seed",
      defaultValue = "0",
      description = "With --hosted: the first run's seed; the others follow it.")
  long firstSeed;

  @Option(
      names = "--provider",
      split = ",",
      defaultValue = "ANTHROPIC,BEDROCK,OPENAI,OPENAI_EXPLICIT,GEMINI",
      description = "With --hosted: whose rules.")
  List<HostedProvider> providers = List.of();

  @Option(
      names = "--load",
      split = ",",
      defaultValue = "0.3,0.5,0.7,0.85",
      description = "Share of the time that the engine would be busy if every cache stayed.")
  double[] loads = {};

  @Option(
      names = "--tool-scale",
      split = ",",
      defaultValue = "1",
      description = "Multiplies every tool's duration; give several.")
  double[] toolScales = {};

  @Option(
      names = "--engine",
      defaultValue = "TWO_CORES",
      description = "TWO_CORES (60/8 tokens/s) or ACCELERATOR (6,000/80).")
  String engine = "";

  @Option(names = "--memory-tokens", description = "Tokens of KV that fit; default 12,000.")
  @Nullable Integer memoryTokens;

  @Option(names = "--json", description = "Where to write the rows.")
  @Nullable Path json;

  @Option(
      names = "--hosted",
      description =
          "What hosted caches would have cost instead: none, short, long, ours, told the odds,"
              + " oracle.")
  boolean hosted;

  @Option(
      names = "--retention",
      split = ",",
      defaultValue = "lru,none,fixed 100 s,cachettl,clairvoyant",
      description = "With --real: which policies.")
  String[] retention = {};

  @Option(names = "--prices", description = "A dated price sheet; default: the bundled one.")
  @Nullable Path prices;

  @Option(
      names = "--real",
      description =
          "Runs the arms on a model instead, with forced decoding: pocket, or a GGUF file.")
  @Nullable String real;

  @Spec CommandSpec spec = CommandSpec.create();

  private static Map<String, RetentionPolicy> policies() {
    var policies = new LinkedHashMap<String, RetentionPolicy>();
    policies.put("none", new RetentionPolicy.None());
    policies.put("lru", new RetentionPolicy.Lru());
    policies.put("gdsf", new RetentionPolicy.Gdsf());
    policies.put("fixed 2 s", new RetentionPolicy.Fixed(2));
    policies.put("fixed 100 s", new RetentionPolicy.Fixed(100));
    policies.put("cachettl", RetentionPolicy.CacheTtl.PAPER);
    policies.put("hazard", new RetentionPolicy.Hazard(ColdStart.SKI_RENTAL, 100, Caps.MEMORY));
    policies.put("ski rental", new RetentionPolicy.SkiRental(Caps.MEMORY));
    policies.put("clairvoyant", new RetentionPolicy.Clairvoyant(_ -> 0));
    return policies;
  }

  @Override
  public Integer call() throws IOException {
    if (real != null) {
      return write(replay(real));
    }
    return hosted ? write(hostedCosts()) : write(simulate());
  }

  private List<RealRow> replay(String model) throws IOException {
    var rows = new ArrayList<RealRow>();
    try (Scratch scratch = Scratch.named("madeleine-replay");
        GgufFile gguf = GgufFile.open(modelFile(model, scratch.directory()));
        Transformer transformer = Transformer.load(gguf, new EngineOptions(1, true))) {
      var replay =
          new RealReplay(transformer, scratch.directory(), programs, seeds, List.of(retention));
      for (double scale : toolScales) {
        for (double load : loads) {
          rows.addAll(replay.run(load, scale, this::print));
        }
      }
    }
    return rows;
  }

  private static Path modelFile(String model, Path directory) throws IOException {
    return model.equals(PocketModel.NAME) ? PocketModel.installTo(directory) : HomePath.of(model);
  }

  private void print(RealRow row) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "load %.2f %-11s %-18s %-11s mean %8.3f s  foretold %8.3f s  p95 %8.3f s  read %7.0f tokens"
            + "  ×fair %.3f [%.3f, %.3f] foretold %.3f%n",
        row.load(),
        row.tier(),
        row.order(),
        row.retention(),
        row.meanJct(),
        row.foretoldJct(),
        row.p95Jct(),
        row.prefilledTokens(),
        row.ratioToFair(),
        row.ratioLow(),
        row.ratioHigh(),
        row.foretoldRatio());
    out.flush();
  }

  private List<HostedRow> hostedCosts() {
    PriceSheet sheet = prices == null ? PriceSheet.bundled() : PriceSheet.read(prices);
    return new HostedCosts(sheet, programs, seeds, firstSeed).run(providers, this::print);
  }

  private void print(HostedRow row) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%-16s people ×%-4.3g %-7s $ %.4f a session, ×oracle %.3f [%.3f, %.3f], prices of %s%n",
        row.provider(),
        row.patience(),
        row.arm(),
        row.dollars(),
        row.ratioToOracle(),
        row.ratioLow(),
        row.ratioHigh(),
        row.pricesAsOf());
    out.flush();
  }

  private List<Row> simulate() {
    var rows = new ArrayList<Row>();
    for (double scale : toolScales) {
      for (double load : loads) {
        for (boolean disk : new boolean[] {false, true}) {
          rows.addAll(compare(load, scale, disk));
        }
      }
    }
    return rows;
  }

  private int write(List<?> rows) throws IOException {
    if (json != null) {
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(json.toFile(), Map.of("rows", rows));
    }
    return 0;
  }

  private List<Row> compare(double load, double scale, boolean disk) {
    Calibration speeds = calibration();
    var rows = new ArrayList<Row>();
    double[] fair =
        results(new Arm(Order.RESIDENT_FIRST, new RetentionPolicy.Lru(), disk), load, scale)
            .means();
    for (Order order : Order.values()) {
      for (var policy : policies().entrySet()) {
        Results results = results(new Arm(order, policy.getValue(), disk), load, scale);
        rows.add(row(order, policy.getKey(), disk, load, scale, results, fair, speeds));
      }
    }
    return rows;
  }

  /** Outcomes of an arm, one a seed. */
  private record Results(List<Outcome> outcomes) {
    double[] means() {
      return outcomes.stream().mapToDouble(Outcome::mean).toArray();
    }
  }

  private Results results(Arm arm, double load, double scale) {
    var outcomes = new ArrayList<Outcome>();
    for (int seed = 0; seed < seeds; seed++) {
      var workload = new Workload(programs, secondsBetween(load, seed), scale, seed);
      outcomes.add(new Simulation(arm, calibration()).run(workload));
    }
    return new Results(outcomes);
  }

  /** The mean service time of a program whose cache never leaves, over the load. */
  private double secondsBetween(double load, long seed) {
    Calibration speeds = calibration();
    double service =
        new Workload(programs, 1, 1, seed)
            .generate().stream()
                .flatMap(program -> program.turns().stream())
                .mapToDouble(
                    turn ->
                        speeds.prefillSeconds(turn.promptTokens())
                            + speeds.decodeSeconds(turn.answerTokens()))
                .sum();
    return service / programs / load;
  }

  private Calibration calibration() {
    Calibration base =
        switch (engine.toUpperCase(Locale.ROOT)) {
          case "TWO_CORES" -> Calibration.TWO_CORES;
          case "ACCELERATOR" -> Calibration.ACCELERATOR;
          default ->
              throw new IllegalArgumentException(
                  "--engine must be TWO_CORES or ACCELERATOR, but was " + engine);
        };
    return memoryTokens == null
        ? base
        : new Calibration(
            base.prefillTokensPerSecond(),
            base.decodeTokensPerSecond(),
            base.reloadTokensPerSecond(),
            memoryTokens);
  }

  private Row row(
      Order order,
      String policy,
      boolean disk,
      double load,
      double scale,
      Results results,
      double[] fair,
      Calibration speeds) {
    double mean = Arrays.stream(results.means()).average().orElse(0);
    PairedRatio ratio = PairedRatio.of(results.means(), fair);
    var row =
        new Row(
            order.name(),
            policy,
            disk ? "disk" : "memory only",
            load,
            scale,
            mean,
            average(results, outcome -> outcome.quantile(0.95)),
            average(results, Outcome::prefilledTokens),
            average(results, Outcome::freshTokens),
            average(results, Outcome::reloadedTokens),
            average(results, Outcome::leasedIdleTokenSeconds),
            average(results, Outcome::zeroLeases),
            ratio.ratio(),
            ratio.low(),
            ratio.high(),
            speeds.memoryTokens());
    print(row);
    return row;
  }

  private static double average(Results results, ToDoubleFunction<Outcome> of) {
    return results.outcomes.stream().mapToDouble(of).average().orElse(0);
  }

  private void print(Row row) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "load %.2f  tools ×%-4.3g %-11s %-18s %-11s mean %9.1f s  p95 %9.1f s  read %9.0f tokens "
            + " ×fair %.3f [%.3f, %.3f]%n",
        row.load(),
        row.toolScale(),
        row.tier(),
        row.order(),
        row.retention(),
        row.meanJct(),
        row.p95Jct(),
        row.prefilledTokens(),
        row.ratioToFair(),
        row.ratioLow(),
        row.ratioHigh());
    out.flush();
  }
}
