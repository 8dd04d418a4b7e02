package io.madeleine.evaluation.cost;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.madeleine.evaluation.cost.BenchRetrieval.Row;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.retrieval.RecallRequest;
import io.madeleine.memory.retrieval.Retriever;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/** A store of one size: built once if its directory is kept, and then asked. */
final class StoreSize {

  private static final int WARM_UP = 2_000;

  private final int turns;
  private final SyntheticTurns corpus;
  private final Path directory;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  /** What building it took. Written beside the index, so that a later run can say it. */
  record Ingest(double turnsPerCpuSecond, double turnsPerSecond) {}

  StoreSize(int turns, Path directory) {
    this.turns = turns;
    this.corpus = new SyntheticTurns(turns);
    this.directory = directory;
  }

  Row measure(int queries) throws IOException {
    Ingest ingest = built();
    long before = heap();
    try (var index = open()) {
      long held = Math.max(0, heap() - before);
      long bytes = index.report().bytes();
      var retriever = new Retriever(index, ZoneOffset.UTC, (sequence, speaker) -> "");
      var random = new Random(11);
      Durations filtered =
          asked(retriever, queries, random, () -> TurnFilter.in(corpus.conversation(random)));
      Durations all = asked(retriever, queries, random, () -> TurnFilter.of(SyntheticTurns.TENANT));
      return new Row(turns, ingest, (double) bytes / turns, (double) held / turns, filtered, all);
    }
  }

  private Durations asked(
      Retriever retriever, int queries, Random random, Supplier<TurnFilter> filter) {
    return Durations.of(
        queries > 1 ? WARM_UP : 0,
        queries,
        () ->
            retriever.rank(
                new RecallRequest(filter.get(), corpus.question(random), Instant.EPOCH),
                Optional.empty()));
  }

  private Ingest built() throws IOException {
    var json = new ObjectMapper();
    Path told = directory.resolve("ingest.json");
    if (Files.exists(told)) {
      return json.readValue(told.toFile(), Ingest.class);
    }
    Files.createDirectories(directory);
    try (var index = open()) {
      long wall = System.nanoTime();
      long cpu = threads.getCurrentThreadCpuTime();
      corpus.addTo(index);
      double seconds = (threads.getCurrentThreadCpuTime() - cpu) / 1e9;
      double onTheWall = (System.nanoTime() - wall) / 1e9;
      var ingest = new Ingest(turns / seconds, turns / onTheWall);
      json.writeValue(told.toFile(), ingest);
      return ingest;
    }
  }

  private TurnIndex open() {
    return TurnIndex.open(directory.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
  }

  /** {@return bytes of the heap in use after a collection} */
  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
