package io.madeleine.conversation.episodic.inside;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
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
 * 3.3. Deviations: an event is represented by the mean of its keys, or by the box around them, not
 * by the four most attended, and both keys and queries are rotated, so that what is near in time is
 * a little nearer.
 *
 * <p>Holds its events in memory. One thread at a time.
 */
public final class LayerRecall implements KvView, AutoCloseable {

  /** What stands for an event when a layer chooses. */
  public enum Representative {
    /** The mean of its keys. */
    MEAN,
    /** The box around its keys: what the best of them can have in common with a query, at most. */
    BOX
  }

  private final KvCache library;
  private final List<Rotary> rotaries;
  private final int tokens;
  private final Representative representative;
  private final List<Event> events = new ArrayList<>();

  /**
   * An event's slots, and for each layer and KV head the mean of its rotated keys and their box.
   */
  @SuppressWarnings("ArrayRecordComponent") // never leaves this class
  private record Event(int from, int to, float[][] meanKeys, List<KeyBox> boxes) {
    int length() {
      return to - from;
    }
  }

  /** Events are represented by the mean of their keys. */
  public LayerRecall(KvShape shape, KvType type, PagePool pool, List<Rotary> rotaries, int tokens) {
    this(shape, type, pool, rotaries, tokens, Representative.MEAN);
  }

  /**
   * @param tokens that a layer may recall for one step
   */
  public LayerRecall(
      KvShape shape,
      KvType type,
      PagePool pool,
      List<Rotary> rotaries,
      int tokens,
      Representative representative) {
    this.representative = representative;
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
    List<KeyBox> boxes = new ArrayList<>();
    var means = new float[shape.heads()][shape.headDim()];
    var keys = new float[span.tokens() * shape.headDim()];
    for (int head = 0; head < means.length; head++) {
      library.readKeys(
          head / shape.kvHeads(), head % shape.kvHeads(), from, from + span.tokens(), keys);
      boxes.add(KeyBox.of(keys, shape.headDim()));
      for (int i = 0; i < keys.length; i++) {
        means[head][i % shape.headDim()] += keys[i] / span.tokens();
      }
    }
    events.add(new Event(from, from + span.tokens(), means, boxes));
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
    for (int queryHead = 0; queryHead < queryHeads; queryHead++) {
      int head = layer * shape.kvHeads() + queryHead / group;
      int at = queryHead * shape.headDim();
      sum +=
          switch (representative) {
            case MEAN -> product(event.meanKeys()[head], meanQueries, at);
            case BOX -> event.boxes().get(head).bound(meanQueries, at);
          };
    }
    return sum;
  }

  private static double product(float[] key, float[] query, int at) {
    double sum = 0;
    for (int c = 0; c < key.length; c++) {
      sum += (double) key[c] * query[at + c];
    }
    return sum;
  }

  /** Gives the pages back. */
  @Override
  public void close() {
    library.close();
  }
}
