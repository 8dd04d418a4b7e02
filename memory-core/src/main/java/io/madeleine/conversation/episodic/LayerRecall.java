package io.madeleine.conversation.episodic;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvView;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.memory.store.KvSpan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Recall inside attention: every layer chooses its own events while the model runs, by the product
 * of its mean query with each event's mean key, and takes the neighbours of the best one along.
 *
 * <p>Source: Fountas et al., <a href="https://arxiv.org/abs/2407.09450">EM-LLM</a>, 2024, section
 * 3.3. Deviations: an event is represented by the mean of its keys, not by the four most attended,
 * and both keys and queries are rotated, so that what is near in time is a little nearer.
 *
 * <p>Holds its events in memory. One thread at a time.
 */
public final class LayerRecall implements KvView, AutoCloseable {

  private final KvCache library;
  private final List<Rotary> rotaries;
  private final int tokens;
  private final List<Event> events = new ArrayList<>();

  /** An event's slots, and the mean of its rotated keys for each layer and KV head. */
  @SuppressWarnings("ArrayRecordComponent") // never leaves this class
  private record Event(int from, int to, float[][] meanKeys) {
    int length() {
      return to - from;
    }
  }

  /**
   * @param tokens that a layer may recall for one step
   */
  public LayerRecall(
      KvShape shape,
      io.madeleine.engine.kv.KvType type,
      PagePool pool,
      List<Rotary> rotaries,
      int tokens) {
    this.library = new KvCache(shape, type, pool);
    this.rotaries = List.copyOf(rotaries);
    this.tokens = tokens;
  }

  /** Adds an event behind the others, at the positions at which it was read. */
  public void add(KvSpan span) {
    KvShape shape = library.shape();
    int from = library.slots(0, 0);
    span.placeInto(
        library, IntStream.range(0, span.tokens()).map(span::position).toArray(), rotaries);
    var means = new float[shape.heads()][shape.headDim()];
    var keys = new float[span.tokens() * shape.headDim()];
    for (int head = 0; head < means.length; head++) {
      library.readKeys(
          head / shape.kvHeads(), head % shape.kvHeads(), from, from + span.tokens(), keys);
      for (int i = 0; i < keys.length; i++) {
        means[head][i % shape.headDim()] += keys[i] / span.tokens();
      }
    }
    events.add(new Event(from, from + span.tokens(), means));
  }

  @Override
  public List<Slots> recall(int layer, float[] meanQueries) {
    List<Integer> ranked =
        IntStream.range(0, events.size())
            .boxed()
            .sorted(
                Comparator.comparingDouble(
                    (Integer event) -> -likeness(events.get(event), layer, meanQueries)))
            .toList();
    var chosen = new java.util.TreeSet<Integer>();
    int used = 0;
    for (int event : withNeighbours(ranked)) {
      int length = events.get(event).length();
      if (!chosen.contains(event) && used + length <= tokens) {
        chosen.add(event);
        used += length;
      }
    }
    return chosen.stream()
        .map(event -> new Slots(library, events.get(event).from(), events.get(event).to()))
        .toList();
  }

  /** The best event, the one after it and the one before it, then the others by likeness. */
  private List<Integer> withNeighbours(List<Integer> ranked) {
    List<Integer> order = new ArrayList<>();
    if (!ranked.isEmpty()) {
      int best = ranked.getFirst();
      order.add(best);
      if (best + 1 < events.size()) {
        order.add(best + 1);
      }
      if (best > 0) {
        order.add(best - 1);
      }
    }
    order.addAll(ranked);
    return order;
  }

  private double likeness(Event event, int layer, float[] meanQueries) {
    KvShape shape = library.shape();
    int queryHeads = meanQueries.length / shape.headDim();
    int group = queryHeads / shape.kvHeads();
    double sum = 0;
    for (int i = 0; i < meanQueries.length; i++) {
      int kvHead = i / shape.headDim() / group;
      sum +=
          (double) meanQueries[i]
              * event.meanKeys()[layer * shape.kvHeads() + kvHead][i % shape.headDim()];
    }
    return sum;
  }

  /** Gives the pages back. */
  @Override
  public void close() {
    library.close();
  }
}
