package io.madeleine.evaluation.lab.policy;

import io.madeleine.conversation.episodic.inside.LayerRecall;
import io.madeleine.conversation.episodic.inside.LayerRecall.Representative;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.KvView;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.token.TokenSpan;
import io.madeleine.evaluation.lab.LabCase;
import io.madeleine.evaluation.lab.LabPolicy;
import io.madeleine.memory.store.KvSpan;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Recall inside attention: sinks and recent tokens stay, and each layer chooses for itself which
 * turns it attends to beside them, anew for every token (EM-LLM's way; see {@link LayerRecall}).
 * Whole turns, at original positions.
 */
final class InsidePolicy implements LabPolicy {

  private static final int SINKS = 4;
  private static final double RECENT_SHARE = 0.05;

  private final Representative representative;
  private final PagePool pool = new PagePool(256L << 20);
  private @Nullable KvCache of;
  private int budget;
  private @Nullable LayerRecall recall;

  InsidePolicy(Representative representative) {
    this.representative = representative;
  }

  @Override
  public String name() {
    return "inside-" + representative.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public Scope scope() {
    return Scope.QUESTION;
  }

  @Override
  public KvCache prepare(LabCase lab) {
    int tokens = lab.reading().tokens().length;
    var stays = new BitSet();
    stays.set(0, SINKS);
    stays.set(tokens - (int) (lab.keptTokens() * RECENT_SHARE), tokens);
    if (recall == null || of != lab.full() || budget != lab.keptTokens()) {
      forget();
      recall = library(lab, stays);
      of = lab.full();
      budget = lab.keptTokens();
    }
    return lab.keeping(stays.stream().toArray());
  }

  private LayerRecall library(LabCase lab, BitSet stays) {
    List<Rotary> rotaries =
        IntStream.range(0, lab.full().shape().layers()).mapToObj(lab.model()::rotary).toList();
    var library =
        new LayerRecall(
            lab.full().shape(),
            KvType.F32,
            pool,
            rotaries,
            lab.keptTokens() - stays.cardinality(),
            representative);
    KvSpan all = KvSpan.last(lab.full(), lab.reading().tokens().length, rotaries);
    for (TokenSpan turn : lab.reading().turns()) {
      int end = Math.min(turn.end(), stays.previousClearBit(turn.end() - 1) + 1);
      if (end > turn.start()) {
        library.add(all.cut(turn.start(), end));
      }
    }
    return library;
  }

  @Override
  public boolean insideAttention() {
    return true;
  }

  @Override
  public Optional<KvView> view() {
    return Optional.ofNullable(recall);
  }

  @Override
  public void forget() {
    LayerRecall known = recall;
    if (known != null) {
      known.close();
    }
    recall = null;
    of = null;
  }
}
