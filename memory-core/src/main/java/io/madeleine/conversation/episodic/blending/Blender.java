package io.madeleine.conversation.episodic.blending;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.Rotary;
import io.madeleine.engine.model.Observe;
import io.madeleine.engine.model.Step;
import io.madeleine.engine.model.Transformer;
import io.madeleine.memory.placement.PlacedPieces;
import io.madeleine.memory.store.KvSpan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Appends recalled pieces to a cache, and reads some of their tokens again where they stand now.
 *
 * <p>A token sees what stands before it and nothing behind it; so the pieces are walked in their
 * order, run by run, and a run that is read again attends to the mixture of old and new that <a
 * href="https://arxiv.org/abs/2405.16444">CacheBlend</a> makes layer by layer. Deviations: the
 * fresh values of the second layer serve the choice alone, and a token that is not chosen keeps its
 * stored ones; the choice is made once, where the paper narrows it down from layer to layer; the
 * recent tokens behind the pieces stay as they are.
 */
public final class Blender {

  private final Transformer model;
  private final Blending blending;
  private final IntUnaryOperator tokens;
  private final List<Rotary> rotaries;

  /**
   * @param tokens gives the token that was read at a position
   * @param rotaries how each layer of the model rotates
   */
  public Blender(
      Transformer model, Blending blending, IntUnaryOperator tokens, List<Rotary> rotaries) {
    this.model = model;
    this.blending = blending;
    this.tokens = tokens;
    this.rotaries = rotaries;
  }

  /**
   * Appends pieces. {@return how many tokens were read again}
   *
   * @param spans the pieces, in the order of time
   * @param to new positions of each piece's tokens; negative leaves one out
   */
  public int place(List<KvSpan> spans, List<int[]> to, KvCache cache) {
    List<BitSet> again = again(spans, to, cache);
    for (int i = 0; i < spans.size(); i++) {
      place(spans.get(i), to.get(i), again.get(i), cache);
    }
    return again.stream().mapToInt(BitSet::cardinality).sum();
  }

  private List<BitSet> again(List<KvSpan> spans, List<int[]> to, KvCache cache) {
    if (blending.reread() > 0
        && blending.choice() == Blending.Choice.CHANGED
        && model.kvShape().layers() > 1) {
      return mostChanged(spans, to, cache);
    }
    List<BitSet> again = new ArrayList<>();
    for (int i = 0; i < spans.size(); i++) {
      var first = new BitSet();
      first.set(0, blending.rereadOf(spans.get(i).tokens()));
      first.andNot(leftOut(to.get(i)));
      again.add(first);
    }
    return again;
  }

  private List<BitSet> mostChanged(List<KvSpan> spans, List<int[]> to, KvCache cache) {
    int[] all =
        IntStream.range(0, spans.size()).flatMap(i -> placed(spans.get(i), to.get(i))).toArray();
    int[] at = to.stream().flatMapToInt(Arrays::stream).filter(position -> position >= 0).toArray();
    List<BitSet> again = new ArrayList<>();
    if (all.length == 0) {
      to.forEach(piece -> again.add(new BitSet()));
      return again;
    }
    var change = new ValueChange(model.kvShape());
    try (KvCache looked = cache.fork()) {
      model.forwardThrough(change.layer() + 1, new Step(looked, all, at, Observe.nothing()));
      change.measure(spans, to, looked);
    }
    return change.most(blending.rereadOf(all.length));
  }

  /** The tokens of a piece that are placed. */
  private IntStream placed(KvSpan span, int[] to) {
    return IntStream.range(0, span.tokens())
        .filter(i -> to[i] >= 0)
        .map(i -> tokens.applyAsInt(span.position(i)));
  }

  private static BitSet leftOut(int[] to) {
    var out = new BitSet();
    IntStream.range(0, to.length).filter(i -> to[i] < 0).forEach(out::set);
    return out;
  }

  private void place(KvSpan span, int[] to, BitSet again, KvCache cache) {
    KvSpan old = span.sharper(1 / blending.temperature());
    int from = 0;
    while (from < span.tokens()) {
      boolean reading = again.get(from);
      int end = reading ? again.nextClearBit(from) : again.nextSetBit(from);
      end = end < 0 ? span.tokens() : Math.min(end, span.tokens());
      if (reading) {
        read(span, to, from, end, cache);
        old = blending.offset() == 0 ? old : moved(span, to, end, cache);
      } else {
        var run = new int[span.tokens()];
        Arrays.fill(run, PlacedPieces.LEFT_OUT);
        System.arraycopy(to, from, run, from, end - from);
        old.placeInto(cache, run, rotaries);
      }
      from = end;
    }
  }

  private void read(KvSpan span, int[] to, int from, int end, KvCache cache) {
    int[] run = IntStream.range(from, end).map(i -> tokens.applyAsInt(span.position(i))).toArray();
    int[] at = Arrays.copyOfRange(to, from, end);
    model.forward(List.of(new Step(cache, run, at, Observe.nothing())));
  }

  /** What is left of the piece, moved by what changed in its first tokens. */
  private KvSpan moved(KvSpan span, int[] to, int first, KvCache cache) {
    boolean allRead = IntStream.range(0, first).allMatch(i -> to[i] >= 0);
    KvSpan moved =
        span.evenly() && allRead
            ? OffsetCorrection.corrected(
                span, KvSpan.last(cache, first, rotaries), blending.offset())
            : span;
    return moved.sharper(1 / blending.temperature());
  }
}
