package io.madeleine.evaluation.retention;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Transformer;
import io.madeleine.evaluation.retention.Fitted.Measured;
import io.madeleine.evaluation.retention.Workload.Program;
import io.madeleine.evaluation.retention.Workload.Turn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A model with forced decoding: whatever it would say, it goes on with the tokens of the workload,
 * so that every arm computes the same answers. Caches are real, and so are evicting them, writing
 * them to files and reading them again. Time is that of the processor in this thread, which other
 * work on the machine hardly changes; while nobody computes, the replay's clock jumps.
 */
final class RealEngine implements Engine {

  /**
   * Tokens that are read, then written, one step after the other, to measure how fast that goes.
   */
  private static final int[][] STEPS = {{128, 6}, {24, 6}, {128, 6}, {24, 6}, {96, 6}, {24, 6}};

  private static final int WARM_UPS = 15;
  private static final int PROBES = 15;

  private final Transformer model;
  private final Path directory;
  private final int memoryTokens;
  private final PagePool pool;
  private final Map<Integer, KvCache> caches = new HashMap<>();
  private final Map<Integer, Integer> onDisk = new HashMap<>();
  private final float[] logits;
  private final Fitted fitted;

  /**
   * Measures the model, then waits for work.
   *
   * @param model on one thread; stays the caller's
   * @param directory for caches on disk
   * @param memoryTokens tokens of KV that fit into memory together
   */
  RealEngine(Transformer model, Path directory, int memoryTokens) {
    this.model = model;
    this.directory = directory;
    this.memoryTokens = memoryTokens;
    // The replay keeps to memoryTokens; pages are rounded up, so the pool has room to spare.
    this.pool = new PagePool(4 * model.kvShape().bytes(memoryTokens + 4_096, KvType.F16));
    this.logits = new float[model.vocabularySize()];
    for (int i = 0; i < WARM_UPS; i++) {
      probed();
    }
    this.fitted = fit(Stream.generate(this::probed).limit(PROBES).toList());
  }

  /** What one pass over {@link #STEPS} took, each step in its place. */
  private record Probed(
      List<Measured> read, List<Measured> written, List<Measured> saved, List<Measured> reloaded) {}

  private Probed probed() {
    var probed =
        new Probed(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    var program = new Program(-1, 0, List.of(new Turn(1, 1, "none", 0)));
    int at = 0;
    for (int[] step : STEPS) {
      int from = at;
      probed.read.add(
          new Measured(from, step[0], seconds(() -> read(-1, cache(-1), from, step[0]))));
      at += step[0];
      int behind = at;
      double writing = seconds(() -> write(-1, cache(-1), behind, step[1]));
      probed.written.add(new Measured(behind, 1, writing / step[1]));
      at += step[1];
      probed.saved.add(new Measured(0, at, evict(program, at, /* toDisk= */ true)));
      probed.reloaded.add(new Measured(0, at, seconds(() -> reload(-1))));
    }
    finish(program);
    return probed;
  }

  private Fitted fit(List<Probed> probed) {
    return new Fitted(
        Fitted.Cost.nearest(medians(probed, Probed::read)),
        Fitted.Cost.nearest(medians(probed, Probed::written)),
        Fitted.Cost.nearest(medians(probed, Probed::saved)),
        Fitted.Cost.nearest(medians(probed, Probed::reloaded)),
        memoryTokens);
  }

  /** {@return for each step the median of what it took} */
  private static List<Measured> medians(
      List<Probed> probed, Function<Probed, List<Measured>> which) {
    var medians = new ArrayList<Measured>();
    for (int i = 0; i < STEPS.length; i++) {
      int step = i;
      double[] sorted =
          probed.stream()
              .mapToDouble(one -> which.apply(one).get(step).seconds())
              .sorted()
              .toArray();
      Measured like = which.apply(probed.getFirst()).get(step);
      medians.add(
          new Measured(like.from(), like.tokens(), Math.max(1e-9, sorted[sorted.length / 2])));
    }
    return medians;
  }

  /** {@return what it measured, for the simulation to foretell with} */
  Fitted fitted() {
    return fitted;
  }

  @Override
  public int memoryTokens() {
    return memoryTokens;
  }

  @Override
  public double prefillSeconds(int tokens) {
    return fitted.prefillSeconds(tokens);
  }

  @Override
  public double reloadSeconds(int tokens) {
    return fitted.reloadSeconds(tokens);
  }

  @Override
  public double serve(Program program, int turn, int context, Place place) {
    int number = program.number();
    Turn now = program.turns().get(turn);
    return seconds(
        () -> {
          switch (place) {
            case MEMORY -> {}
            case DISK -> reload(number);
            case NOWHERE -> read(number, cache(number), 0, context);
          }
          KvCache cache = cache(number);
          read(number, cache, context, now.promptTokens());
          write(number, cache, context + now.promptTokens(), now.answerTokens());
        });
  }

  private void read(int program, KvCache cache, int from, int count) {
    for (int done = 0; done < count; done += Fitted.CHUNK) {
      int[] chunk = new int[Math.min(Fitted.CHUNK, count - done)];
      for (int i = 0; i < chunk.length; i++) {
        chunk[i] = token(program, from + done + i);
      }
      model.prefill(cache, chunk, Observe.nothing());
    }
  }

  private void write(int program, KvCache cache, int from, int count) {
    for (int i = 0; i < count; i++) {
      model.decode(cache, token(program, from + i), logits);
    }
  }

  /** The same tokens in every arm. */
  private int token(int program, int position) {
    long mixed = (program * 31L + position + 7) * 0x9E3779B97F4A7C15L;
    return (int) Long.remainderUnsigned(mixed >>> 20, model.vocabularySize());
  }

  KvCache cache(int program) {
    return caches.computeIfAbsent(program, _ -> new KvCache(model.kvShape(), KvType.F16, pool));
  }

  @Override
  public double evict(Program program, int context, boolean toDisk) {
    KvCache cache =
        Optional.ofNullable(caches.remove(program.number()))
            .orElseThrow(() -> new IllegalStateException("evicted twice; should not happen"));
    double seconds = toDisk ? seconds(() -> save(program.number(), cache)) : 0;
    cache.close();
    return seconds;
  }

  private void save(int program, KvCache cache) {
    if (onDisk.getOrDefault(program, -1) == cache.length()) {
      return;
    }
    try (var out =
        FileChannel.open(
            file(program),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      cache.writeTo(out);
      onDisk.put(program, cache.length());
    } catch (IOException e) {
      throw new UncheckedIOException("a cache cannot be written", e);
    }
  }

  private void reload(int program) {
    try (var in = FileChannel.open(file(program), StandardOpenOption.READ)) {
      caches.put(program, KvCache.readFrom(in, pool));
    } catch (IOException e) {
      throw new UncheckedIOException("a cache cannot be read", e);
    }
  }

  private Path file(int program) {
    return directory.resolve("program" + program + ".kv");
  }

  @Override
  public void finish(Program program) {
    Optional.ofNullable(caches.remove(program.number())).ifPresent(KvCache::close);
    onDisk.remove(program.number());
    try {
      Files.deleteIfExists(file(program.number()));
    } catch (IOException e) {
      throw new UncheckedIOException("a cache cannot be deleted", e);
    }
  }

  private static double seconds(Runnable work) {
    var threads = ManagementFactory.getThreadMXBean();
    long began = threads.getCurrentThreadCpuTime();
    work.run();
    return (threads.getCurrentThreadCpuTime() - began) / 1e9;
  }

  @Override
  public void close() {
    caches.values().forEach(KvCache::close);
    caches.clear();
    pool.close();
  }
}
