package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.memory.retrieval.Signal;
import io.madeleine.memory.retrieval.Signals;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The main signals of our index fused by reciprocal rank: what fitted weights must beat. */
final class FusedByRank implements Method {

  private static final int K = 60;
  private static final int DEPTH = 400;
  private static final List<Signal> FUSED =
      List.of(Signal.TURN, Signal.NEAR_NAMED, Signal.AROUND, Signal.HEADS_NEAR, Signal.VECTOR);

  private final OurIndex index;
  private final List<AnnotatedConversation> data;

  FusedByRank(OurIndex index, List<AnnotatedConversation> data) {
    this.index = index;
    this.data = data;
  }

  @Override
  public String name() {
    return "our signals by RRF instead";
  }

  @Override
  public List<int[]> rank(int conversation, int question) {
    Signals signals = index.signals(conversation, question);
    int n = data.get(conversation).turns().size();
    var score = new double[n];
    for (Signal signal : FUSED) {
      int[] order =
          IntStream.range(0, n)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> -signals.value(signal, i)))
              .mapToInt(Integer::intValue)
              .toArray();
      for (int rank = 0; rank < Math.min(DEPTH, n); rank++) {
        score[order[rank]] += 1.0 / (K + rank + 1);
      }
    }
    return IntStream.range(0, n)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -score[i]))
        .map(i -> new int[] {i})
        .toList();
  }
}
