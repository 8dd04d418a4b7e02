package io.madeleine.conversation.episodic.closing;

import io.madeleine.conversation.observation.SpanObserver;
import io.madeleine.conversation.observation.SpanSignals;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.compression.Compressor;
import io.madeleine.memory.compression.KeptSlots;
import io.madeleine.memory.compression.Policy;
import io.madeleine.memory.compression.Protection;
import io.madeleine.memory.compression.budget.Budget;
import io.madeleine.memory.compression.eviction.HeadKv;
import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.store.KvSpan;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/**
 * Makes closed episodes smaller. What a policy asks of queries is that of the episode right behind
 * the prefix. Keys and values are those that it was read with, behind what stood before it then, so
 * that of an episode that was lost and read again, behind other tokens, heads may keep others, and
 * another share each where the policy divides it. Policies keep no sinks here: those stand in the
 * prefix, once for all episodes.
 */
public final class EpisodeCompressor {

  private final SpanObserver observer;
  private final EpisodeCompression how;
  private final Optional<Compressor> compressor;

  /**
   * @throws IllegalArgumentException if the policy reads what cannot be observed of an episode
   */
  public EpisodeCompressor(Transformer model, EpisodeCompression how) {
    this.observer = new SpanObserver(model);
    this.how = how;
    this.compressor =
        how.policy().equals("none")
            ? Optional.empty()
            : Optional.of(
                new Compressor(how.policyFor(model.kvShape().layers()), SpanSignals.observable()));
  }

  /**
   * {@return what is kept of an episode}
   *
   * @param before the prefix, in front of which nothing stands; left as it is
   */
  public KvSpan compressed(KvCache before, KvSpan whole, int[] tokens) {
    if (compressor.isEmpty() || how.spares(tokens.length)) {
      return whole;
    }
    Policy policy = compressor.get().policy();
    var signals = observer.observe(before, whole, tokens, tokens, policy.needs());
    KeptSlots kept =
        compressor.get().select(signals, Protection.none(), new Budget.Kept(how.kept()), 1);
    var slots = new int[whole.shape().heads()][];
    for (int head = 0; head < slots.length; head++) {
      slots[head] = kept.of(head / whole.shape().kvHeads(), head % whole.shape().kvHeads());
    }
    return policy.evictor().dropsOnly() ? whole.keep(slots) : merged(policy, signals, kept, whole);
  }

  private KvSpan merged(Policy policy, SpanSignals signals, KeptSlots kept, KvSpan whole) {
    int count = whole.shape().heads();
    var heads = new HeadKv[count];
    var union = new BitSet();
    int first = signals.head(0, 0).position(0);
    for (int head = 0; head < count; head++) {
      int layer = head / whole.shape().kvHeads();
      int kvHead = head % whole.shape().kvHeads();
      HeadSignals seen = signals.head(layer, kvHead);
      heads[head] =
          policy
              .evictor()
              .evict(
                  unrotated(seen, whole, head),
                  kept.of(layer, kvHead),
                  kept.importance(layer, kvHead));
      Arrays.stream(heads[head].positions()).forEach(position -> union.set(position - first));
    }
    int[] left = union.stream().toArray();
    var held = new int[count][];
    var keys = new float[count][];
    var values = new float[count][];
    for (int head = 0; head < count; head++) {
      held[head] =
          Arrays.stream(heads[head].positions())
              .map(position -> Arrays.binarySearch(left, position - first))
              .toArray();
      keys[head] = heads[head].keys();
      values[head] = heads[head].values();
    }
    int[] positions = Arrays.stream(left).map(whole::position).toArray();
    return new KvSpan(whole.shape(), positions, held, keys, values);
  }

  /** Keys of different positions may only be mixed before rotation. */
  private static HeadKv unrotated(HeadSignals seen, KvSpan whole, int head) {
    var positions = new int[seen.size()];
    Arrays.setAll(positions, seen::position);
    return HeadKv.of(seen.headDim(), positions, whole.keys(head), whole.values(head));
  }
}
