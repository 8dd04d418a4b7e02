package io.madeleine.memory.compression;

import io.madeleine.engine.kv.Rotary;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.QueryStatistics;
import io.madeleine.memory.compression.signal.QueryWindow;
import io.madeleine.memory.compression.signal.Recurrence;
import io.madeleine.memory.compression.signal.Signal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Seeded signals of every kind, for laws that hold whatever the numbers. */
final class RandomCache implements SignalSource {

  private static final int DIMS = 8;
  private static final int GROUP = 2;
  private static final int TOKENS = 300;

  private final int layers;
  private final int kvHeads;
  private final List<HeadSignals> heads = new ArrayList<>();

  RandomCache(long seed, int layers, int kvHeads, boolean ragged) {
    this.layers = layers;
    this.kvHeads = kvHeads;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < layers * kvHeads; i++) {
      int slots = ragged ? TOKENS - 40 * (i % 3) : TOKENS;
      heads.add(head(random, i / kvHeads, i % kvHeads, slots));
    }
  }

  @Override
  public int layers() {
    return layers;
  }

  @Override
  public int kvHeads() {
    return kvHeads;
  }

  @Override
  public Set<Signal> supplied() {
    return EnumSet.allOf(Signal.class);
  }

  @Override
  public HeadSignals head(int layer, int kvHead) {
    return heads.get(layer * kvHeads + kvHead);
  }

  long slots() {
    return heads.stream().mapToLong(HeadSignals::size).sum();
  }

  private static HeadSignals head(SplittableRandom random, int layer, int kvHead, int slots) {
    var builder =
        HeadSignals.of(layer, kvHead, DIMS, IntStream.range(0, slots).toArray())
            .keys(gaussian(random, slots * DIMS))
            .values(gaussian(random, slots * DIMS))
            .window(window(random, slots - 32, 32))
            .probe(window(random, slots, 5))
            .probe(window(random, slots, 4).seeing(0, slots / 2))
            .accumulated(uniform(random, slots), counts(slots))
            .outputNorms(uniform(random, slots))
            .recurrence(recurrence(random, slots))
            .retrieval(random.nextDouble());
    var pairs = new Rotary(Rotary.Pairs.HALVES, Rotary.frequencies(10_000, DIMS), 1);
    for (int i = 0; i < GROUP; i++) {
      builder.statistics(QueryStatistics.of(gaussian(random, 40 * DIMS), DIMS, pairs));
    }
    return builder.build();
  }

  private static QueryWindow window(SplittableRandom random, int from, int rows) {
    var queries = new float[GROUP][];
    for (int i = 0; i < GROUP; i++) {
      queries[i] = gaussian(random, rows * DIMS);
    }
    return QueryWindow.of(IntStream.range(from, from + rows).toArray(), queries, DIMS);
  }

  private static Recurrence recurrence(SplittableRandom random, int slots) {
    var state = new Recurrence(0.3f);
    for (int time = 0; time < 10; time++) {
      state.observe(time, uniform(random, slots));
    }
    return state;
  }

  private static float[] counts(int slots) {
    var counts = new float[slots];
    for (int slot = 0; slot < slots; slot++) {
      counts[slot] = slots - slot;
    }
    return counts;
  }

  private static float[] uniform(SplittableRandom random, int count) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble();
    }
    return values;
  }

  private static float[] gaussian(SplittableRandom random, int count) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
