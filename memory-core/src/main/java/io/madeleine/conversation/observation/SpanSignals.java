package io.madeleine.conversation.observation;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.compression.SignalSource;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.QueryStatistics;
import io.madeleine.memory.compression.signal.QueryWindow;
import io.madeleine.memory.compression.signal.Signal;
import io.madeleine.memory.store.KvSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A span as a compressor reads it: placed right behind what always stands in front, and, if the
 * policy wants queries, read there once more (window, statistics, attention) or read and then said
 * again behind itself (probe). Reading costs as much as the span's prefill, the probe as much
 * again; keys and values cost nothing.
 */
public final class SpanSignals implements SignalSource {

  private static final int WINDOW = 64;
  private static final Set<Signal> QUERIES =
      EnumSet.of(Signal.WINDOW_QUERIES, Signal.ACCUMULATED_ATTENTION, Signal.QUERY_STATISTICS);

  private final KvShape shape;
  private final HeadSignals[] heads;

  private SpanSignals(KvShape shape, HeadSignals[] heads) {
    this.shape = shape;
    this.heads = heads;
  }

  /** {@return what can be observed of a span} */
  public static Set<Signal> observable() {
    return EnumSet.of(
        Signal.KEYS,
        Signal.VALUES,
        Signal.WINDOW_QUERIES,
        Signal.PROBE_QUERIES,
        Signal.ACCUMULATED_ATTENTION,
        Signal.QUERY_STATISTICS,
        Signal.OUTPUT_NORMS,
        Signal.RETRIEVAL_PROFILE);
  }

  static SpanSignals of(
      Transformer model,
      Optional<RetrievalProfile> profile,
      KvCache before,
      KvSpan span,
      int[] tokens,
      int[] probe,
      Set<Signal> wanted) {
    var observer = new Observer(model, profile, before, span);
    if (wanted.stream().anyMatch(QUERIES::contains)) {
      observer.read(tokens);
    }
    if (wanted.contains(Signal.PROBE_QUERIES)) {
      observer.probe(probe);
    }
    var heads = new HeadSignals[span.shape().heads()];
    for (int head = 0; head < heads.length; head++) {
      int kvHeads = span.shape().kvHeads();
      heads[head] = observer.head(head / kvHeads, head % kvHeads, wanted);
    }
    return new SpanSignals(span.shape(), heads);
  }

  @Override
  public int layers() {
    return shape.layers();
  }

  @Override
  public int kvHeads() {
    return shape.kvHeads();
  }

  @Override
  public Set<Signal> supplied() {
    return observable();
  }

  @Override
  public HeadSignals head(int layer, int kvHead) {
    return heads[layer * shape.kvHeads() + kvHead];
  }

  /** Collects what the heads are made of. */
  private static final class Observer {
    private final Transformer model;
    private final Optional<RetrievalProfile> profile;
    private final KvCache before;
    private final KvSpan span;
    private final KvShape shape;
    private final int[] positions;
    private Optional<Reading> reading = Optional.empty();
    private Optional<Reading> probed = Optional.empty();
    private float[][] probeKeys = {};

    Observer(Transformer model, Optional<RetrievalProfile> profile, KvCache before, KvSpan span) {
      this.model = model;
      this.profile = profile;
      this.before = before;
      this.span = span;
      this.shape = span.shape();
      this.positions = IntStream.range(before.length(), before.length() + span.tokens()).toArray();
    }

    void read(int[] tokens) {
      try (KvCache fork = before.fork()) {
        reading = Optional.of(Reading.of(model, fork, tokens));
      }
    }

    void probe(int[] prompt) {
      List<Rotary> rotaries = IntStream.range(0, shape.layers()).mapToObj(model::rotary).toList();
      try (KvCache fork = before.fork()) {
        span.placeInto(fork, positions, rotaries);
        probed = Optional.of(Reading.of(model, fork, prompt));
        probeKeys = new float[shape.heads()][prompt.length * shape.headDim()];
        for (int head = 0; head < probeKeys.length; head++) {
          int layer = head / shape.kvHeads();
          int kvHead = head % shape.kvHeads();
          int slots = fork.slots(layer, kvHead);
          fork.readKeys(layer, kvHead, slots - prompt.length, slots, probeKeys[head]);
        }
      }
    }

    HeadSignals head(int layer, int kvHead, Set<Signal> wanted) {
      int index = layer * shape.kvHeads() + kvHead;
      int dims = shape.headDim();
      int[] at = Arrays.stream(span.tokensOf(index)).map(token -> positions[token]).toArray();
      var head =
          HeadSignals.of(layer, kvHead, dims, at)
              .keys(rotated(index, model.rotary(layer), at))
              .values(span.values(index));
      profile.ifPresent(found -> head.retrieval(found.of(layer, kvHead)));
      if (wanted.contains(Signal.OUTPUT_NORMS)) {
        head.outputNorms(model.outputNorms(layer, kvHead, span.values(index)));
      }
      reading.ifPresent(
          read -> {
            head.window(QueryWindow.of(positions, read.queries(layer, kvHead), dims).last(WINDOW))
                .accumulated(read.attention(layer, kvHead), countdown(read.tokens()));
            if (wanted.contains(Signal.QUERY_STATISTICS)) {
              statistics(read, layer, kvHead).forEach(head::statistics);
            }
          });
      probed.ifPresent(
          probe -> {
            int from = positions[positions.length - 1] + 1;
            int[] said = IntStream.range(from, from + probe.tokens()).toArray();
            head.probe(
                QueryWindow.of(said, probe.queries(layer, kvHead), dims)
                    .besides(keysBefore(layer, kvHead), probeKeys[index]));
          });
      return head.build();
    }

    private float[] rotated(int head, Rotary rotary, int[] at) {
      float[] keys = span.keys(head).clone();
      for (int slot = 0; slot < at.length; slot++) {
        rotary.turn(keys, slot * shape.headDim(), at[slot]);
      }
      return keys;
    }

    private float[] keysBefore(int layer, int kvHead) {
      int slots = before.slots(layer, kvHead);
      var keys = new float[slots * shape.headDim()];
      before.readKeys(layer, kvHead, 0, slots, keys);
      return keys;
    }

    /** Token i was seen by itself and all after it. */
    private static float[] countdown(int tokens) {
      var counts = new float[tokens];
      for (int i = 0; i < tokens; i++) {
        counts[i] = tokens - i;
      }
      return counts;
    }

    private List<QueryStatistics> statistics(Reading read, int layer, int kvHead) {
      Rotary rotary = model.rotary(layer);
      List<QueryStatistics> all = new ArrayList<>();
      for (float[] rotated : read.queries(layer, kvHead)) {
        float[] queries = rotated.clone();
        for (int token = 0; token < positions.length; token++) {
          rotary.turn(queries, token * shape.headDim(), -positions[token]);
        }
        all.add(QueryStatistics.of(queries, shape.headDim(), rotary));
      }
      return all;
    }
  }
}
