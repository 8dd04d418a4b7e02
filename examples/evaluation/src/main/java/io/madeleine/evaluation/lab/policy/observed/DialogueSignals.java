package io.madeleine.evaluation.lab.policy.observed;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.memory.compression.SignalSource;
import io.madeleine.memory.compression.signal.AttentionRows;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.QueryStatistics;
import io.madeleine.memory.compression.signal.QueryWindow;
import io.madeleine.memory.compression.signal.Recurrence;
import io.madeleine.memory.compression.signal.Signal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/** An observed dialogue as a compressor reads it. */
public final class DialogueSignals implements SignalSource {

  private static final int WINDOW = 64;
  private static final int SKIPPED = 4;
  private static final float SEEN = 1e-3f;

  private final ObservedDialogue dialogue;
  private final List<BiFunction<Integer, Integer, QueryWindow>> probes;
  private final Set<Signal> wanted;
  private final Map<Integer, HeadSignals> heads = new HashMap<>();

  /**
   * @param probes for a layer and KV head, the queries of each prompt that was run
   * @param wanted signals that somebody will read; the others are not computed
   */
  public DialogueSignals(
      ObservedDialogue dialogue,
      List<BiFunction<Integer, Integer, QueryWindow>> probes,
      Set<Signal> wanted) {
    this.dialogue = dialogue;
    this.probes = List.copyOf(probes);
    this.wanted = EnumSet.copyOf(wanted.isEmpty() ? EnumSet.of(Signal.KEYS) : wanted);
  }

  /** {@return what the laboratory can observe} */
  public static Set<Signal> observable() {
    return EnumSet.allOf(Signal.class);
  }

  @Override
  public int layers() {
    return dialogue.full().shape().layers();
  }

  @Override
  public int kvHeads() {
    return dialogue.full().shape().kvHeads();
  }

  @Override
  public Set<Signal> supplied() {
    return observable();
  }

  @Override
  public HeadSignals head(int layer, int kvHead) {
    return heads.computeIfAbsent(layer * kvHeads() + kvHead, key -> observed(layer, kvHead));
  }

  private HeadSignals observed(int layer, int kvHead) {
    KvCache full = dialogue.full();
    KvShape shape = full.shape();
    int tokens = dialogue.tokens();
    var keys = new float[tokens * shape.headDim()];
    var values = new float[tokens * shape.headDim()];
    full.readKeys(layer, kvHead, 0, tokens, keys);
    full.readValues(layer, kvHead, 0, tokens, values);
    var head =
        HeadSignals.of(layer, kvHead, shape.headDim(), full.positions(layer, kvHead))
            .keys(keys)
            .values(values)
            .window(dialogue.lastQueries(layer, kvHead, WINDOW))
            .accumulated(dialogue.attention(layer, kvHead), counts(tokens));
    if (wanted.contains(Signal.OUTPUT_NORMS)) {
      head.outputNorms(dialogue.model().outputNorms(layer, kvHead, values));
    }
    if (wanted.contains(Signal.RETRIEVAL_PROFILE)) {
      head.retrieval(dialogue.profile().of(layer, kvHead));
    }
    probes.forEach(probe -> head.probe(probe.apply(layer, kvHead)));
    if (wanted.contains(Signal.QUERY_STATISTICS)) {
      statistics(layer, kvHead).forEach(head::statistics);
    }
    if (wanted.contains(Signal.RECURRENCE)) {
      head.recurrence(recurrence(head.build(), layer, kvHead));
    }
    return head.build();
  }

  private static float[] counts(int tokens) {
    var counts = new float[tokens];
    for (int slot = 0; slot < tokens; slot++) {
      counts[slot] = tokens - slot;
    }
    return counts;
  }

  private List<QueryStatistics> statistics(int layer, int kvHead) {
    Rotary rotary = dialogue.model().rotary(layer);
    int dims = dialogue.full().shape().headDim();
    List<QueryStatistics> all = new ArrayList<>();
    for (int i = 0; i < dialogue.group(); i++) {
      float[] rotated = dialogue.queries(layer, kvHead, i);
      float[] queries = java.util.Arrays.copyOfRange(rotated, SKIPPED * dims, rotated.length);
      for (int t = 0; t < queries.length / dims; t++) {
        rotary.turn(queries, t * dims, -(t + SKIPPED));
      }
      all.add(QueryStatistics.of(queries, dims, rotary));
    }
    return all;
  }

  private Recurrence recurrence(HeadSignals head, int layer, int kvHead) {
    QueryWindow window = dialogue.lastQueries(layer, kvHead, 4 * WINDOW);
    var rows = new AttentionRows(head);
    var seen = new Recurrence(SEEN);
    var row = new float[head.size()];
    var strongest = new float[head.size()];
    for (int t = 0; t < window.rows(); t++) {
      java.util.Arrays.fill(strongest, 0);
      for (int q = 0; q < window.queryHeads(); q++) {
        rows.probabilities(window, q, t, row);
        for (int slot = 0; slot < row.length; slot++) {
          strongest[slot] = Math.max(strongest[slot], row[slot]);
        }
      }
      seen.observe(window.position(t), strongest);
    }
    return seen;
  }
}
