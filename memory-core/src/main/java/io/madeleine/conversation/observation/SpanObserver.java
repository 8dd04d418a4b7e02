package io.madeleine.conversation.observation;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.compression.signal.Signal;
import io.madeleine.memory.store.KvSpan;
import java.util.Optional;
import java.util.Set;

/** Observes spans on one model. One thread at a time. */
public final class SpanObserver {

  private final Transformer model;
  private Optional<RetrievalProfile> profile = Optional.empty();

  public SpanObserver(Transformer model) {
    this.model = model;
  }

  /**
   * {@return what a policy wants to know of a span}
   *
   * @param before stands in front of the span; left as it is
   * @param span whole, unless nothing but keys, values and a probe is wanted
   * @param tokens of the span; only read where the policy wants queries of its own
   * @param probe said behind the span where a policy probes; the span's own tokens make it KVzip
   * @param wanted signals that the policy reads
   */
  public SpanSignals observe(
      KvCache before, KvSpan span, int[] tokens, int[] probe, Set<Signal> wanted) {
    if (wanted.contains(Signal.RETRIEVAL_PROFILE) && profile.isEmpty()) {
      profile = Optional.of(RetrievalProfile.of(model));
    }
    return SpanSignals.of(model, profile, before, span, tokens, probe, wanted);
  }
}
